import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../../../src/alerts/rule.ts";
import type { ChannelConfig } from "../../../src/notify/channel-config.ts";
import { whatsappChannel } from "../../../src/notify/whatsapp.ts";
import {
  MAX_BODY_LENGTH,
  WHATSAPP_PARAMETERS,
  WHATSAPP_TEMPLATES,
} from "../../../src/notify/whatsapp-template.ts";
import {
  arbitraryAnswer,
  arbitraryContext,
  contextExample,
  noticeExample,
  SINCE,
} from "../../support/alert-notices.ts";
import { alertsMessage, arbitraryAlerts, requestOf } from "../../support/channel-requests.ts";
import { Problems } from "../../support/receivers/problems.ts";
import { receiveWhatsapp, refused } from "../../support/receivers/whatsapp.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("whatsapp", process.env["SEED"]);

const TOKEN = "EAAGm0PX4ZCpsBA";

const CONFIG: Extract<ChannelConfig, { type: "whatsapp" }> = {
  type: "whatsapp",
  severities: ["CRITICAL", "HIGH"],
  tenants: undefined,
  targets: undefined,
  operations: undefined,
  rules: undefined,
  events: ["firing", "repeat", "resolved"],
  reports: false,
  language: undefined,
  tokenSecret: "WHATSAPP_TOKEN",
  phoneNumberId: "106540352242922",
  to: "5511999999999",
  template: "tachograph_alert",
  apiVersion: "v23.0",
  endpoint: "https://graph.facebook.com",
};

const channel = whatsappChannel(CONFIG, TOKEN);

describe("whatsappChannel", () => {
  it("sends one alert as the approved template", async () => {
    const request = await requestOf(channel, alertsMessage(noticeExample()), contextExample());
    expect(request.url).toBe("https://graph.facebook.com/v23.0/106540352242922/messages");
    expect(request.headers["authorization"]).toBe(`Bearer ${TOKEN}`);
    const received = receiveWhatsapp(request);
    expect(received.problems).toEqual([]);
    expect(received.text).toBe(`Tachograph reports: CRITICAL · error-rate-critical · meta

Where: meta, all operations
Condition: error rate ≥ 10 %
Measured: 23.4 %
Since: 2026-11-21 09:14 (UTC-3)
Duration: 12 min
What to do: Check its token and read the API's answers.
Details: https://tachograph.example.com/#alert=a-7

You get this message because this number is on call.`);
    expect(JSON.parse(request.body)).toMatchObject({
      to: "5511999999999",
      template: { name: "tachograph_alert", language: { code: "en" } },
      biz_opaque_callback_data: "acme/a-7:firing/mail",
    });
    expect(channel.read(received)).toMatchObject({ kind: "delivered" });
  });

  it("sends the end of an alert in Portuguese", async () => {
    const notice = noticeExample({
      event: "resolved",
      resolvedAt: SINCE + 1_800_000,
      resolvedReason: "recovered",
      acknowledgedBy: "ana",
    });
    const context = contextExample({ language: "pt-BR", dashboardUrl: null });
    const { text, problems } = receiveWhatsapp(
      await requestOf(channel, alertsMessage(notice), context),
    );
    expect(problems).toEqual([]);
    expect(text).toBe(`O Tachograph informa: Resolvido · error-rate-critical · meta

Onde: meta, todas as operações
Condição: taxa de erros ≥ 10 %
Valor medido: 23,4 %
Desde: 21/11/2026 09:14 (UTC-3)
Duração: 30 min, até voltar ao normal · Assumido por ana
O que fazer: –
Detalhes: –

Você recebe esta mensagem porque este número está de plantão.`);
  });

  it("counts a group and names the first, the worst before the others", async () => {
    const notices = [
      noticeExample({ target: "old", event: "resolved", resolvedAt: SINCE }),
      noticeExample({ target: "low", severity: "LOW", since: SINCE - 60_000 }),
      noticeExample({ target: "medium", severity: "MEDIUM" }),
      noticeExample({ target: "high", severity: "HIGH", metric: "latency", percentile: 99 }),
      noticeExample({ target: "worst", operation: "lead.create", value: 0.9 }),
    ];
    const { text, problems } = receiveWhatsapp(
      await requestOf(channel, alertsMessage(...notices), contextExample()),
    );
    expect(problems).toEqual([]);
    expect(text.split("\n").slice(0, 9)).toEqual([
      "Tachograph reports: 5 alerts: 4 firing (1 CRITICAL, 1 HIGH, 1 MEDIUM, 1 LOW), 1 resolved",
      "",
      "Where: worst, operation lead.create; high, all operations; medium, all operations; and 2 more",
      "Condition: error rate ≥ 10 %; latency p99 ≥ 10 %; error rate ≥ 10 %; and 2 more",
      "Measured: 90 %; 23.4 %; 23.4 %",
      "Since: 2026-11-21 09:13 (UTC-3)",
      "Duration: –",
      "What to do: error-rate-critical: Check its token and read the API's answers.",
      "Details: https://tachograph.example.com",
    ]);
  });

  it("sends a test, and takes no reports", async () => {
    const request = await requestOf(channel, { kind: "test" }, contextExample());
    const { problems, text } = receiveWhatsapp(request);
    expect(problems).toEqual([]);
    expect(text).toContain("What to do: This is a test of this channel");
    expect(channel.takes("report")).toBe(false);
    expect(channel.takes("alerts") && channel.takes("test")).toBe(true);
  });

  it("leaves out a link that is too long rather than cutting it", async () => {
    const context = contextExample({ dashboardUrl: `https://example.com/${"a".repeat(120)}` });
    const notice = noticeExample({ alertId: "i".repeat(40) });
    const { text } = receiveWhatsapp(await requestOf(channel, alertsMessage(notice), context));
    expect(text).toContain(`Details: ${context.dashboardUrl}\n`);
  });

  it("sends what WhatsApp takes, whatever the alerts are called", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryAlerts(channel), arbitraryContext, async (message, context) => {
        const received = receiveWhatsapp(await requestOf(channel, message, context));
        expect(received.problems).toEqual([]);
        expect(channel.read(received).kind).toBe("delivered");
      }),
      { seed: SEED },
    );
  });

  it("has templates with a place for every parameter, none at an end or beside another", () => {
    for (const language of LANGUAGES) {
      const template = WHATSAPP_TEMPLATES[language];
      expect(template.match(/\{\{\d\}\}/g)).toHaveLength(WHATSAPP_PARAMETERS);
      expect(template).toMatch(/^[^{}][\s\S]*[^{}]$/);
      expect(template).not.toMatch(/\}\}\s*\{\{/);
      expect(template.length).toBeLessThan(MAX_BODY_LENGTH / 3);
    }
  });

  it.each([
    [4, "retry", 300_000],
    [80_007, "retry", 300_000],
    [130_429, "retry", 60_000],
    [131_048, "retry", 3_600_000],
    [131_056, "retry", 60_000],
    [132_015, "retry", 3_600_000],
    [131_016, "retry", undefined],
    [1, "retry", undefined],
    [0, "disabled", undefined],
    [10, "disabled", undefined],
    [190, "disabled", undefined],
    [200, "disabled", undefined],
    [131_031, "disabled", undefined],
    [132_001, "disabled", undefined],
    [132_000, "disabled", undefined],
    [132_016, "disabled", undefined],
    [131_047, "dead", undefined],
    [132_018, "dead", undefined],
    [132_069, "dead", undefined],
    [131_026, "dead", undefined],
  ] as const)("reads error %d as %s, whatever the status", (code, kind, retryAfterMs) => {
    for (const status of [200, 400, 404, 429, 500]) {
      const verdict = channel.read(refused(new Problems(), status, code, "No."));
      expect(verdict.kind).toBe(kind);
      expect(verdict).toHaveProperty("detail", expect.stringContaining(`WhatsApp error ${code}`));
      expect("retryAfterMs" in verdict ? verdict.retryAfterMs : undefined).toBe(retryAfterMs);
    }
  });

  it("waits as long as it is asked to", () => {
    const answer = refused(new Problems(), 429, 131_056, "No.", { "retry-after": "17" });
    expect(channel.read(answer)).toMatchObject({ kind: "retry", retryAfterMs: 17_000 });
  });

  it("reads an unknown code by the status", () => {
    const read = (status: number) => channel.read(refused(new Problems(), status, 999_999, "?"));
    expect([200, 400, 401, 503].map((status) => read(status).kind)).toEqual([
      "retry",
      "dead",
      "disabled",
      "retry",
    ]);
  });

  it("does not take an answer for WhatsApp's that names no message", () => {
    const answer = { status: 200, headers: {}, body: "<html>Log in to the hotel's Wi-Fi</html>" };
    expect(channel.read(answer).kind).toBe("retry");
  });

  it("does not repeat the token that Meta quotes", () => {
    const { detail } = channel.read(
      refused(new Problems(), 400, 190, `Malformed access token ${TOKEN}`),
    );
    expect(detail).toContain("Malformed access token ***");
  });

  it("reads any answer", () => {
    fc.assert(
      fc.property(arbitraryAnswer, (answer) => {
        const { kind, detail } = channel.read(answer);
        expect(kind).toMatch(/^(?:delivered|retry|dead|disabled)$/);
        expect(detail).not.toMatch(/\p{Cc}/u);
        expect(detail.length).toBeLessThanOrEqual(300);
      }),
      { seed: SEED },
    );
  });
});
