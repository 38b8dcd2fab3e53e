import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../../../src/alerts/rule.ts";
import { describeAlert, describeGroup, fieldLabels } from "../../../src/notify/describe-alert.ts";
import {
  arbitraryContext,
  arbitraryNotice,
  contextExample,
  noticeExample,
  SINCE,
} from "../../support/alert-notices.ts";
import { GOLDEN_EVENTS, GOLDEN_TEXTS } from "../../support/golden-texts.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("describe alert", process.env["SEED"]);

describe("describeAlert", () => {
  it.each(GOLDEN_TEXTS)("says of $notice.metric what it is, in both languages", (golden) => {
    for (const language of LANGUAGES) {
      const context = contextExample({ language });
      const { firing, repeat, resolved, ...fields } = golden.texts[language];
      for (const [event, summary] of Object.entries({ firing, repeat, resolved })) {
        const changes = GOLDEN_EVENTS[event as keyof typeof GOLDEN_EVENTS];
        const text = describeAlert(noticeExample({ ...golden.notice, ...changes }), context);
        expect(text.summary).toBe(summary);
      }
      expect(describeAlert(noticeExample(golden.notice), context)).toMatchObject(fields);
    }
  });

  it("names the tenant where it is not the one that comes with an installation", () => {
    const notice = noticeExample();
    const { where, summary } = describeAlert(notice, contextExample({ tenant: "acme" }));
    expect(where).toBe("meta, all operations (acme)");
    expect(summary).toContain("(acme)");
  });

  it("says all there is to say of an alert that fires", () => {
    const notice = noticeExample({ acknowledgedBy: "ana" });
    expect(describeAlert(notice, contextExample())).toEqual({
      title: "CRITICAL · error-rate-critical · meta",
      where: "meta, all operations",
      condition: "error rate ≥ 10 %",
      value: "23.4 %",
      since: "2026-11-21 09:14 (UTC-3)",
      duration: "12 min",
      action: "Check its token and read the API's answers.",
      acknowledged: "ana",
      summary:
        "CRITICAL: error-rate-critical on meta, all operations: error rate ≥ 10 %, " +
        "measured 23.4 %, since 2026-11-21 09:14 (UTC-3), for 12 min.",
      link: "https://tachograph.example.com/#alert=a-7",
    });
    expect(describeAlert(notice, contextExample({ language: "pt-BR" }))).toMatchObject({
      since: "21/11/2026 09:14 (UTC-3)",
      action: "Verifique o token e leia as respostas da API.",
      acknowledged: "ana",
    });
  });

  it("says in the title how often it was told before", () => {
    const notice = noticeExample({ event: "repeat", repeats: 4 });
    expect(describeAlert(notice, contextExample()).title).toBe(
      "CRITICAL · error-rate-critical · meta · reminder 4",
    );
    expect(describeAlert(notice, contextExample({ language: "pt-BR" })).title).toBe(
      "CRÍTICO · error-rate-critical · meta · lembrete 4",
    );
  });

  it.each([
    ["recovered", "2 h, until it recovered", "2 h, até voltar ao normal"],
    ["no_data", "2 h, until there was no data any more", "2 h, até não haver mais dados"],
    ["rule_removed", "2 h, until its rule was removed", "2 h, até a regra ser removida"],
    ["rule_changed", "2 h, until its rule was changed", "2 h, até a regra ser alterada"],
  ] as const)("says how it ended: %s", (resolvedReason, en, portuguese) => {
    const resolvedAt = SINCE + 7_200_000;
    const notice = noticeExample({ event: "resolved", resolvedAt, resolvedReason });
    const text = describeAlert(notice, contextExample());
    expect(text).toMatchObject({
      title: "Resolved · error-rate-critical · meta",
      duration: en,
      action: "",
    });
    expect(text.summary).toContain(`It lasted ${en}.`);
    const translated = describeAlert(notice, contextExample({ language: "pt-BR" }));
    expect(translated.title).toBe("Resolvido · error-rate-critical · meta");
    expect(translated.duration).toBe(portuguese);
  });

  it.each([
    ["consecutiveErrors", "Count", ">=", 1, 1, "1 error in a row", "1 error"],
    ["consecutiveErrors", "Count", ">", 5, 6, "errors in a row > 5", "6 errors"],
    ["noData", "Ms", "<", 90_000, 30_000, "time since the last timing < 1 min 30 s", "30 s"],
    ["latency", "Ms", "<=", 0.25, 0.25, "latency p99.9 ≤ 0.25 ms", "0.25 ms"],
    ["errorRate", "Rate", ">=", 0.07, 0.069_99, "error rate ≥ 7 %", "6.999 %"],
    ["errorRate", "Rate", ">=", 0.07, 0.07, "error rate ≥ 7 %", "7 %"],
    ["throughput", "Ratio", "<", 0.5, 1 / 3, "throughput < 0.5 × the mean of 24 h", "0.33 ×"],
    ["meanLatency", "Ms", ">=", 1e21, 1e22, "mean latency ≥ 1E21 ms", "1E22 ms"],
  ] as const)(
    "writes %s in %s %s %d, measured %d",
    (metric, unit, comparison, threshold, value, condition, measured) => {
      const measure = { metric, unit, comparison, threshold, value, percentile: 99.9 };
      const text = describeAlert(noticeExample(measure), contextExample());
      expect(text).toMatchObject({ condition, value: measured });
    },
  );

  it.each([
    [
      "meanMeasure",
      "waitMs",
      200,
      412.5,
      "mean wait > 200 ms",
      "413 ms",
      "média de espera > 200 ms",
    ],
    ["meanMeasure", "rowsRead", 1_000, 1_234.5, "mean rows read > 1,000", "1,235", /linhas lidas/],
    ["lastMeasure", "sizeBytes", 5e8, 512e6, "size > 500,000,000", "512,000,000", /^tamanho > 500/],
    ["lastMeasure", "value", -2.5, -1, "value > -2.5", "-1", "valor > -2,5"],
    ["lastMeasure", "failing", 0, 1, "failing probe > 0", "1", "sonda com falha > 0"],
  ] as const)(
    "writes %s of %s > %d, measured %d",
    (metric, measure, threshold, value, condition, measured, portuguese) => {
      const changes = {
        metric,
        measure,
        threshold,
        value,
        unit: "Value",
        comparison: ">",
      } as const;
      const notice = noticeExample({ ...changes, percentile: null });
      const text = describeAlert(notice, contextExample());
      expect(text).toMatchObject({ condition, value: measured });
      const translated = describeAlert(notice, contextExample({ language: "pt-BR" }));
      expect(translated.condition).toEqual(
        typeof portuguese === "string" ? portuguese : expect.stringMatching(portuguese),
      );
    },
  );

  it("says which probe fails, and what it found", () => {
    const notice = noticeExample({
      rule: "probe-failing",
      severity: "HIGH",
      target: "probe",
      operation: "lost-leads",
      metric: "lastMeasure",
      measure: "failing",
      percentile: null,
      unit: "Value",
      comparison: ">=",
      threshold: 1,
      value: 1,
      found: 1_234.5,
    });
    const text = describeAlert(notice, contextExample());
    expect(text).toMatchObject({
      title: "HIGH · probe-failing · probe lost-leads",
      condition: "the probe fails",
      value: "1,234.5",
    });
    expect(text.summary).toMatch(
      /^HIGH: probe-failing on probe, operation lost-leads: the probe fails, measured 1,234\.5, since /,
    );
    const translated = describeAlert(notice, contextExample({ language: "pt-BR" }));
    expect(translated).toMatchObject({ condition: "a sonda falha", value: "1.234,5" });
    // Its query threw, or it did not end.
    const without = describeAlert({ ...notice, found: null }, contextExample());
    expect(without).toMatchObject({ condition: "the probe fails", value: "–" });
    expect(without.summary).toContain("the probe fails, since ");
  });

  it.each([
    [0, "0 s"],
    [-5_000, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [252_000, "4 min 12 s"],
    [601_000, "10 min"],
    [3_599_999, "59 min"],
    [3_600_000, "1 h"],
    [86_399_999, "23 h 59 min"],
    [86_400_000, "1 d"],
    [97_200_000, "1 d 3 h"],
  ])("says how long %d ms are: %s", (durationMs, expected) => {
    const context = contextExample({ nowMs: SINCE + durationMs });
    expect(describeAlert(noticeExample(), context).duration).toBe(expected);
  });

  it.each([
    ["UTC", "2026-11-21 12:14 (UTC)"],
    ["Asia/Kathmandu", "2026-11-21 17:59 (UTC+5:45)"],
    ["America/St_Johns", "2026-11-21 08:44 (UTC-3:30)"],
  ])("writes times in %s", (timeZone, expected) => {
    expect(describeAlert(noticeExample(), contextExample({ timeZone })).since).toBe(expected);
  });

  it("writes midnight as 00:00", () => {
    const since = Date.UTC(2026, 10, 22, 3);
    const text = describeAlert(noticeExample({ since }), contextExample());
    expect(text.since).toBe("2026-11-22 00:00 (UTC-3)");
  });

  it("has no link if it is not known where the page is", () => {
    expect(describeAlert(noticeExample(), contextExample({ dashboardUrl: null })).link).toBe("");
  });

  it("keeps to one line wherever one is promised, whatever the names", () => {
    fc.assert(
      fc.property(arbitraryNotice, arbitraryContext, (notice, context) => {
        const { action, ...lines } = describeAlert(notice, context);
        for (const text of Object.values(lines)) {
          expect(text).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
          expect(text.isWellFormed()).toBe(true);
        }
        expect(action).not.toMatch(/[^\P{Cc}\n]/u);
        expect(lines.summary.length).toBeLessThanOrEqual(300);
        expect(lines.value).not.toBe("");
        if (context.dashboardUrl !== null) expect(URL.canParse(lines.link)).toBe(true);
      }),
      { seed: SEED },
    );
  });

  it("says the value apart from a threshold that it does not reach", () => {
    const rates = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(rates, rates, (threshold, value) => {
        fc.pre(Math.abs(threshold - value) > 1e-6);
        const text = describeAlert(noticeExample({ threshold, value }), contextExample());
        expect(text.condition).not.toBe(`error rate ≥ ${text.value}`);
      }),
      { seed: SEED },
    );
  });
});

describe("describeGroup", () => {
  it("counts what fires by severity, and what has ended", () => {
    const high = noticeExample({ severity: "HIGH", event: "repeat" });
    const over = noticeExample({ event: "resolved", resolvedAt: SINCE + 1 });
    const notices = [high, noticeExample(), over, high, over];
    expect(describeGroup(notices, contextExample())).toBe(
      "5 alerts: 3 firing (1 CRITICAL, 2 HIGH), 2 resolved",
    );
    expect(describeGroup(notices, contextExample({ language: "pt-BR" }))).toBe(
      "5 alertas: 3 ativos (1 CRÍTICO, 2 ALTOS), 2 resolvidos",
    );
    expect(describeGroup([over], contextExample({ language: "pt-BR" }))).toBe(
      "1 alerta: 1 resolvido",
    );
  });
});

describe("fieldLabels", () => {
  it("names the fields in the language", () => {
    expect(Object.values(fieldLabels("en")).join(", ")).toBe(
      "Where, Condition, Measured, Since, Duration, What to do, Acknowledged by, Details",
    );
    expect(Object.values(fieldLabels("pt-BR")).join(", ")).toBe(
      "Onde, Condição, Valor medido, Desde, Duração, O que fazer, Assumido por, Detalhes",
    );
  });
});
