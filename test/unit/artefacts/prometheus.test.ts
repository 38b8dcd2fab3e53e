import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import { alertName } from "../../../scripts/artefacts/alerting-rules.ts";
import { duration } from "../../../scripts/artefacts/promql.ts";
import {
  committed,
  everyExpression,
  prometheusRules,
  whereIs,
} from "../../support/artefacts/committed.ts";
import { ask, inTemporary, installed } from "../../support/artefacts/tool.ts";
import { promtoolProblem } from "../../support/alerts/promtool.ts";

const PROBLEM = promtoolProblem();
if (PROBLEM !== undefined)
  console.warn(`skipped: what promtool says of prometheus/ and grafana/, since ${PROBLEM}`);
const noPromtool = PROBLEM !== undefined;
const noAmtool = installed(["amtool"], "Debian: prometheus-alertmanager") === undefined;

/** For a machine that is busy; promtool takes less than a second. */
const TIMEOUT_MS = 60_000;

describe("promtool", () => {
  test.skipIf(noPromtool)("takes the rules", () => {
    for (const name of ["alerting-rules.yml", "recording-rules.yml"]) {
      const { isContent, said } = ask("promtool", [
        "check",
        "rules",
        whereIs(`prometheus/${name}`),
      ]);
      expect(said).toContain("SUCCESS");
      expect(isContent).toBe(true);
    }
  });

  test.skipIf(noPromtool)("takes the configuration as it is copied, with a token beside it", () => {
    inTemporary((directory) => {
      cpSync(whereIs("prometheus"), directory, { recursive: true });
      const file = join(directory, "scrape.yml");
      expect(ask("promtool", ["check", "config", file])).toMatchObject({
        isContent: false,
        said: expect.stringContaining("tachograph-token"),
      });
      writeFileSync(join(directory, "tachograph-token"), "dev-read");
      const { isContent, said } = ask("promtool", ["check", "config", file]);
      expect(said).toContain("is valid prometheus config file syntax");
      expect(isContent).toBe(true);
    });
  });

  test.skipIf(noPromtool)(
    "takes what is commented in the configuration, where it is old enough",
    () => {
      const lines = committed("prometheus/scrape.yml").split("\n");
      const from = lines.findIndex((line) => line.includes("# Another tenant"));
      const more = lines.slice(from).filter((line) => /^ {2}# [ -] ?/.test(line));
      const jobs = more.map((line) => line.replace(/^ {2}# /, "  ")).join("\n");
      const file = `scrape_configs:\n${jobs}\n`;
      const { scrape_configs: parsed } = parse(file) as { scrape_configs: object[] };
      expect(parsed).toHaveLength(2);
      inTemporary((directory) => {
        writeFileSync(join(directory, "tachograph-token-acme"), "x");
        writeFileSync(join(directory, "scrape.yml"), file);
        const { isContent, said } = ask("promtool", [
          "check",
          "config",
          join(directory, "scrape.yml"),
        ]);
        expect(isContent, said).toBe(true);
      });
    },
  );

  test.skipIf(noPromtool)("takes every expression of every dashboard and alert", () => {
    const all = everyExpression();
    const rules = all.map(({ expr, by }, index) => ({
      record: `checked:${index}`,
      expr,
      labels: { by: by.replaceAll("$", "") },
    }));
    inTemporary((directory) => {
      const file = join(directory, "rules.json");
      writeFileSync(file, JSON.stringify({ groups: [{ name: "all", rules }] }));
      const { isContent, said } = ask("promtool", ["check", "rules", file]);
      expect(said).toContain(`SUCCESS: ${all.length} rules found`);
      expect(isContent).toBe(true);
    });
  });
});

test.skipIf(noAmtool)("amtool takes the configuration of Alertmanager", () => {
  const { isContent, said } = ask("amtool", [
    "check-config",
    whereIs("prometheus/alertmanager.yml"),
  ]);
  expect(said).toContain("SUCCESS");
  expect(isContent).toBe(true);
});

test("each default rule is one alert, with its times, its severity and its action", () => {
  const alerts = new Map(
    prometheusRules("prometheus/alerting-rules.yml").map((rule) => [rule.alert, rule]),
  );
  for (const rule of DEFAULT_RULES) {
    const alert = alerts.get(alertName(rule.name));
    expect(alert?.labels).toEqual({ severity: rule.severity.toLowerCase(), rule: rule.name });
    expect(alert?.for ?? "0s").toBe(duration(rule.forMs));
    expect(alert?.keep_firing_for ?? "0s").toBe(duration(rule.keepFiringForMs));
    expect(alert?.annotations).toMatchObject({
      action: rule.action.en,
      acao: rule.action["pt-BR"],
      runbook_url: `https://docs.example.com/tachograph/alerts.md#${rule.name}`,
    });
  }
});

test("Alertmanager keeps quiet what the rules keep quiet", () => {
  const { inhibit_rules: inhibitions } = parse(committed("prometheus/alertmanager.yml")) as {
    readonly inhibit_rules: readonly {
      readonly source_matchers: readonly [string];
      readonly target_matchers: readonly [string];
    }[];
  };
  const told = inhibitions.map(({ source_matchers: [source], target_matchers: [target] }) => [
    source.slice('rule="'.length, -1),
    target.slice('rule=~"'.length, -1).split("|"),
  ]);
  const meant = DEFAULT_RULES.filter(({ inhibits }) => inhibits.length > 0).map(
    ({ name, inhibits }) => [name, inhibits],
  );
  expect(told).toEqual(meant);
});

/** A series of a test, one value each minute, in the notation of promtool: `3x10` is eleven threes. */
interface Input {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly values: string;
}

/** Which of an alert's targets are in which state, minute by minute. */
interface Expected {
  readonly minute: number;
  readonly states: Readonly<Record<string, "pending" | "firing">>;
}

interface Scenario {
  readonly name: string;
  readonly rule: string;
  readonly input: readonly Input[];
  readonly expected: readonly Expected[];
}

const COMMON = { job: "tachograph", instance: "t:443", tenant: "default" };

function meta(name: string, values: string, labels: Readonly<Record<string, string>> = {}): Input {
  return { name, labels: { target: "meta", kind: "platform", operation: "*", ...labels }, values };
}

function errors(values: string, window = "5m"): Input {
  return meta("tachograph_window_error_ratio", values, { window });
}

function calls(values: string, window = "5m"): Input {
  return meta("tachograph_window_calls", values, { window });
}

function counted(outcome: string, values: string): Input {
  return meta("tachograph_calls_total", values, { operation: "purchase", outcome });
}

/** Of one tenant; empty for a job that does not set the label. */
function ofTenant(tenant: string, inputs: readonly Input[]): Input[] {
  return inputs.map((input) => ({ ...input, labels: { ...input.labels, tenant } }));
}

const PENDING = { meta: "pending" } as const;
const FIRING = { meta: "firing" } as const;

const SCENARIOS: readonly Scenario[] = [
  {
    name: "fires after its time, goes on until it is past the recovery threshold, and a minute more",
    rule: "error-rate-critical",
    // 9.5 % from minute 7 on lies between the two; 8 % from 15 on is recovered.
    input: [
      errors("0.05 0.12x5 0.095x8 0.08x10"),
      calls("50x30"),
      errors("0.12x30", "1m"),
      calls("50x30", "1m"),
    ],
    expected: [
      { minute: 0, states: {} },
      { minute: 1, states: PENDING },
      { minute: 5, states: PENDING },
      { minute: 6, states: FIRING },
      { minute: 8, states: FIRING },
      { minute: 15, states: FIRING },
      { minute: 17, states: {} },
    ],
  },
  {
    name: "does not begin between threshold and recovery threshold",
    rule: "error-rate-critical",
    input: [errors("0.095x20"), calls("50x20")],
    expected: [{ minute: 10, states: {} }],
  },
  {
    name: "does not begin with too few calls",
    rule: "error-rate-critical",
    input: [errors("0.5x20"), calls("19x20")],
    expected: [{ minute: 10, states: {} }],
  },
  {
    name: "does not begin with a burst that is over",
    rule: "error-rate-critical",
    input: [errors("0.5x20"), calls("50x20"), errors("0.01x20", "1m"), calls("20x20", "1m")],
    expected: [{ minute: 10, states: {} }],
  },
  {
    name: "begins where the last minute has too few calls to say that it is over",
    rule: "error-rate-critical",
    input: [errors("0.5x20"), calls("50x20"), errors("0.01x20", "1m"), calls("19x20", "1m")],
    expected: [{ minute: 10, states: FIRING }],
  },
  {
    name: "keeps targets apart",
    rule: "error-rate-critical",
    input: [
      errors("0.5x20"),
      calls("50x20"),
      {
        ...errors("0.5x20"),
        labels: { target: "google", kind: "platform", operation: "*", window: "5m" },
      },
      {
        ...calls("5x20"),
        labels: { target: "google", kind: "platform", operation: "*", window: "5m" },
      },
    ],
    expected: [{ minute: 10, states: FIRING }],
  },
  {
    name: "keeps tenants apart, and those without the label, though their targets share a name",
    rule: "error-rate-critical",
    input: [
      ...ofTenant("acme", [errors("0.5x20"), calls("50x20")]),
      ...ofTenant("default", [errors("0.5x20"), calls("5x20")]),
      ...ofTenant("", [errors("0.01x20"), calls("50x20")]),
    ],
    expected: [{ minute: 10, states: FIRING }],
  },
  {
    name: "adds up no calls of several tenants",
    rule: "budget-burn",
    input: [
      ...ofTenant("acme", [counted("ok", "0+500x90"), counted("error", "0x10 500+500x80")]),
      ...ofTenant("", [counted("ok", "0+50000x90"), counted("error", "0x90")]),
    ],
    expected: [{ minute: 14, states: FIRING }],
  },
  {
    name: "needs no label of a tenant",
    rule: "throughput-surge",
    input: ofTenant("", [counted("ok", "0+20x1500 30052+52x20")]),
    expected: [{ minute: 1_509, states: FIRING }],
  },
  {
    name: "fires eleven minutes after the last call of a target that was busy, until the next one",
    rule: "no-data",
    input: [calls("3x39 0x29 3x10", "1m")],
    expected: [
      { minute: 39, states: {} },
      { minute: 40, states: PENDING },
      { minute: 49, states: PENDING },
      { minute: 50, states: FIRING },
      { minute: 69, states: FIRING },
      { minute: 70, states: {} },
    ],
  },
  {
    name: "goes on for as long as nothing comes, though the minutes before are long ago",
    rule: "no-data",
    input: [calls("3x39 0x120", "1m")],
    expected: [{ minute: 150, states: FIRING }],
  },
  {
    name: "does not miss a target that is called now and then",
    rule: "no-data",
    input: [calls("3x10 0x60", "1m")],
    expected: [{ minute: 40, states: {} }],
  },
  {
    name: "says nothing of a target of which a shard does not answer",
    rule: "no-data",
    input: [
      calls("3x39 0x60", "1m"),
      { name: "tachograph_shard_up", labels: { target: "meta", shard: "0" }, values: "0x100" },
    ],
    expected: [{ minute: 60, states: {} }],
  },
  {
    name: "burns while both windows do, from the first moment, though the long one still would",
    rule: "budget-burn",
    input: [counted("ok", "0+50x90"), counted("error", "0x10 50+50x29 1500x50")],
    expected: [
      { minute: 10, states: {} },
      { minute: 14, states: FIRING },
      { minute: 41, states: FIRING },
      { minute: 50, states: {} },
    ],
  },
  {
    name: "does not burn for a few failures of few calls",
    rule: "budget-burn",
    // 8 of 104 are 7.7 %, which is 15 times as many as allowed.
    input: [counted("ok", "0+2x60"), counted("error", "0x40 1+1x7 8x20")],
    expected: [48, 49, 50].map((minute) => ({ minute, states: {} })),
  },
  {
    name: "a mean of single queries, from the classic histogram",
    rule: "d1-slow",
    input: [
      meta("tachograph_call_duration_seconds_sum", "0+15x30", { kind: "d1", operation: "slow" }),
      meta("tachograph_call_duration_seconds_count", "0+10x30", { kind: "d1", operation: "slow" }),
      meta("tachograph_window_calls", "50x30", { kind: "d1", operation: "slow", window: "5m" }),
      meta("tachograph_call_duration_seconds_sum", "0+5x30", { kind: "d1", operation: "quick" }),
      meta("tachograph_call_duration_seconds_count", "0+10x30", { kind: "d1", operation: "quick" }),
      meta("tachograph_window_calls", "50x30", { kind: "d1", operation: "quick", window: "5m" }),
    ],
    expected: [
      { minute: 9, states: PENDING },
      { minute: 15, states: FIRING },
    ],
  },
  {
    name: "twice as much as in the day before, of a target that was there a day ago",
    rule: "throughput-surge",
    input: [counted("ok", "0+20x1500 30052+52x20")],
    expected: [
      { minute: 1_500, states: {} },
      { minute: 1_503, states: {} },
      { minute: 1_504, states: PENDING },
      { minute: 1_509, states: FIRING },
    ],
  },
  {
    name: "nothing in the first day",
    rule: "throughput-surge",
    input: [counted("ok", "0+20x600 12052+52x20")],
    expected: [{ minute: 610, states: {} }],
  },
  ...(["96000x899", "_x899"] as const).map((night) => ({
    name: `a day's mean has its silent hours in it: a third of the morning's calls (${night})`,
    rule: "throughput-surge",
    // 8 h with 1,000 calls in 5 min, 16 h without any, and then as before: 1,000 by 333.
    input: [counted("ok", `0+200x480 96000x59 ${night} 96200+200x60`)],
    expected: [
      { minute: 1_440, states: {} },
      { minute: 1_444, states: PENDING },
      { minute: 1_449, states: FIRING },
      { minute: 1_500, states: FIRING },
    ],
  })),
  {
    name: "goes on for as long as the day before was busy, though windows are gone after an hour",
    rule: "throughput-drop",
    input: [counted("ok", "0+200x1500 300000x300")],
    expected: [
      { minute: 1_502, states: {} },
      { minute: 1_503, states: PENDING },
      { minute: 1_518, states: FIRING },
      { minute: 1_790, states: FIRING },
    ],
  },
  {
    name: "is not ended by a scrape that lacks the counters, as after a restart, nor a day later",
    rule: "throughput-drop",
    input: [counted("ok", "0+200x65 stale _ 13600+200x1432 300000x9 stale _ 300000x40")],
    expected: [
      { minute: 1_503, states: PENDING },
      { minute: 1_518, states: FIRING },
      { minute: 1_530, states: FIRING },
    ],
  },
  {
    name: "what PromQL cannot know is asked of Tachograph",
    rule: "consecutive-errors",
    input: [
      {
        name: "tachograph_alert_active",
        labels: {
          rule: "consecutive-errors",
          target: "meta",
          operation: "*",
          severity: "HIGH",
          state: "firing",
        },
        values: "_ 1x5 _x5",
      },
    ],
    expected: [
      { minute: 0, states: {} },
      { minute: 1, states: FIRING },
    ],
  },
  {
    name: "a probe that failed long ago and was not run since is not failing now",
    rule: "probe-failing",
    input: [
      meta("tachograph_probe_failing", "1x20", { kind: "probe", operation: "lost" }),
      meta("tachograph_window_calls", "1x10 0x10", {
        kind: "probe",
        operation: "lost",
        window: "1h",
      }),
    ],
    expected: [
      { minute: 5, states: FIRING },
      { minute: 15, states: {} },
    ],
  },
];

/** A file with the one rule, as it is committed. */
function ruleFile(rule: string, directory: string): string {
  const rules = prometheusRules("prometheus/alerting-rules.yml").filter(
    ({ alert }) => alert === alertName(rule),
  );
  expect(rules).toHaveLength(1);
  const file = join(directory, "rule.json");
  writeFileSync(file, JSON.stringify({ groups: [{ name: "one", rules }] }));
  return file;
}

function unitTest({ rule, input, expected }: Scenario): object {
  const name = alertName(rule);
  return {
    interval: "1m",
    input_series: input.map(({ name: metric, labels = {}, values }) => ({
      series: `${metric}{${Object.entries({ ...COMMON, ...labels })
        .filter(([, value]) => value !== "")
        .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
        .join(",")}}`,
      values,
    })),
    promql_expr_test: expected.map(({ minute, states }) => ({
      expr: `count by (target, alertstate) (ALERTS{alertname="${name}"})`,
      eval_time: `${minute}m`,
      exp_samples: Object.entries(states).map(([target, state]) => ({
        labels: `{target="${target}", alertstate="${state}"}`,
        value: 1,
      })),
    })),
  };
}

describe("Prometheus finds with these rules what Tachograph finds", () => {
  test.skipIf(noPromtool).each(SCENARIOS)(
    "$rule: $name",
    (scenario) => {
      inTemporary((directory) => {
        const file = join(directory, "test.json");
        const content = {
          rule_files: [ruleFile(scenario.rule, directory)],
          evaluation_interval: "1m",
          tests: [unitTest(scenario)],
        };
        writeFileSync(file, JSON.stringify(content));
        expect(ask("promtool", ["test", "rules", file]).said).toMatch(/SUCCESS\s*$/);
      });
    },
    TIMEOUT_MS,
  );
});
