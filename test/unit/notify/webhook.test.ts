import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChannelConfig } from "../../../src/notify/channel-config.ts";
import { webhookChannel } from "../../../src/notify/webhook.ts";
import type { WebhookAlert } from "../../../src/notify/webhook-alert.ts";
import { parseWebhookKeys } from "../../../src/notify/webhook-key.ts";
import {
  arbitraryAnswer,
  arbitraryContext,
  contextExample,
  noticeExample,
  SINCE,
} from "../../support/alert-notices.ts";
import {
  alertsMessage,
  arbitraryAlerts,
  REPORT,
  requestOf,
} from "../../support/channel-requests.ts";
import { hostileContext, hostileNotice } from "../../support/hostile-notices.ts";
import type { ReceivedRequest } from "../../support/receivers/http-receiver.ts";
import { receiveWebhook } from "../../support/receivers/webhook.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("webhook", process.env["SEED"]);

const OLD_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW_KEY = `whsec_${Buffer.alloc(64, "tachograph").toString("base64")}`;
const OTHER_KEY = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
const SECRET_URL = "https://hooks.example.com/in/very-secret-part";

const CONFIG: Extract<ChannelConfig, { type: "webhook" }> = {
  type: "webhook",
  severities: ["CRITICAL"],
  tenants: undefined,
  targets: undefined,
  operations: undefined,
  rules: undefined,
  events: ["firing", "repeat", "resolved"],
  reports: true,
  language: undefined,
  urlSecret: "WEBHOOK_URL",
  keySecret: "WEBHOOK_SECRET",
};

function channelWith(secret: string) {
  const parsed = parseWebhookKeys(secret);
  if (!parsed.ok) throw new Error(parsed.problem);
  return webhookChannel(CONFIG, SECRET_URL, parsed.keys);
}

const channel = channelWith(NEW_KEY);

/** The data of a message with several alerts. */
function dataOf(request: ReceivedRequest): { readonly alerts: readonly WebhookAlert[] } {
  return JSON.parse(request.body).data;
}

describe("webhookChannel", () => {
  it("signs as the specification's libraries do", async () => {
    // The signature was made with `openssl dgst -sha256 -hmac` over the id, the time and the body.
    const signer = channelWith(OLD_KEY);
    const context = contextExample({
      tenant: "acme",
      idempotencyKey: "msg_1",
      nowMs: 1_674_087_231_999,
    });
    const request = await requestOf(signer, { kind: "test" }, context);
    expect(request.body).toBe(
      '{"type":"test","timestamp":"2023-01-19T00:13:51.999Z","data":{"tenant":"acme",' +
        '"text":"This is a test of this channel, asked for by tenant acme of Tachograph. ' +
        'Nothing is wrong."}}',
    );
    expect(request.headers).toMatchObject({
      "webhook-id": "msg_1",
      "webhook-timestamp": "1674087231",
      "webhook-signature": "v1,qiQRtJfy8DOyzJZAecaQTOnpzaQAA9ebQxhbHWlRd7Y=",
    });
  });

  it("sends an alert as an event", async () => {
    const context = contextExample({ idempotencyKey: "default/a.7:firing/hook" });
    const request = await requestOf(channel, alertsMessage(noticeExample()), context);
    expect(request.url).toBe(SECRET_URL);
    expect(receiveWebhook(request, NEW_KEY, context.nowMs).problems).toEqual([]);
    expect(request.headers["webhook-id"]).toBe("default/a~7:firing/hook");
    expect(JSON.parse(request.body)).toEqual({
      type: "alert.firing",
      timestamp: "2026-11-21T12:19:00.000Z",
      data: {
        tenant: "default",
        alert: {
          id: "a-7",
          event: "firing",
          rule: "error-rate-critical",
          target: "meta",
          operation: "*",
          severity: "CRITICAL",
          metric: "errorRate",
          percentile: null,
          measure: null,
          found: null,
          comparison: ">=",
          unit: "Rate",
          threshold: 0.1,
          value: 0.234,
          since: SINCE,
          firedAt: SINCE + 300_000,
          resolvedAt: null,
          resolvedReason: null,
          acknowledgedBy: null,
          repeats: 0,
          language: "en",
          title: "CRITICAL · error-rate-critical · meta",
          summary:
            "CRITICAL: error-rate-critical on meta, all operations: error rate ≥ 10 %, " +
            "measured 23.4 %, since 2026-11-21 09:14 (UTC-3), for 5 min.",
          condition: "error rate ≥ 10 %",
          duration: "5 min",
          action: "Check its token and read the API's answers.",
          link: "https://tachograph.example.com/#alert=a-7",
        },
      },
    });
  });

  it("sends several alerts as one event, each with its own", async () => {
    const notices = [
      noticeExample({ alertId: "a-1", event: "resolved", resolvedAt: SINCE + 900_000 }),
      noticeExample({ alertId: "a-2", event: "repeat", repeats: 2, at: SINCE + 600_000 }),
      noticeExample({ alertId: "a-3", target: "reddit", severity: "HIGH" }),
    ];
    const context = contextExample({ idempotencyKey: "batch-1" });
    const request = await requestOf(channel, alertsMessage(...notices), context);
    expect(receiveWebhook(request, NEW_KEY, context.nowMs).problems).toEqual([]);
    expect(request.headers["webhook-id"]).toBe("batch-1");
    const { alerts, ...data } = dataOf(request);
    expect({ ...JSON.parse(request.body), data }).toEqual({
      type: "alerts",
      // Of what was last to tell.
      timestamp: "2026-11-21T12:29:00.000Z",
      data: { tenant: "default" },
    });
    expect(alerts.map(({ id, event, repeats }) => [id, event, repeats])).toEqual([
      ["a-2", "repeat", 2],
      ["a-3", "firing", 0],
      ["a-1", "resolved", 0],
    ]);
    // Each says what it says when it is told alone.
    for (const [index, notice] of [notices[1], notices[2], notices[0]].entries()) {
      const alone = await requestOf(channel, alertsMessage(notice ?? noticeExample()), context);
      expect(alerts[index]).toEqual(JSON.parse(alone.body).data.alert);
    }
  });

  it("names repeats, ends, reports and tests by their types", async () => {
    const messages = [
      alertsMessage(noticeExample({ event: "repeat", repeats: 2, at: SINCE + 600_000 })),
      alertsMessage(noticeExample({ event: "resolved", resolvedAt: SINCE + 900_000 })),
      REPORT,
      { kind: "test" },
    ] as const;
    const events = [];
    for (const message of messages) {
      const request = await requestOf(channel, message, contextExample());
      expect(receiveWebhook(request, NEW_KEY, contextExample().nowMs).problems).toEqual([]);
      const { type, timestamp } = JSON.parse(request.body);
      events.push(`${type} ${timestamp}`);
    }
    expect(events).toEqual([
      "alert.repeat 2026-11-21T12:24:00.000Z",
      "alert.resolved 2026-11-21T12:29:00.000Z",
      "report.daily 2026-11-21T12:26:00.000Z",
      "test 2026-11-21T12:26:00.000Z",
    ]);
  });

  it("signs with every key while one is replaced by another", async () => {
    const both = channelWith(`${NEW_KEY} ${OLD_KEY}`);
    const context = contextExample();
    const request = await requestOf(both, { kind: "test" }, context);
    for (const key of [OLD_KEY, NEW_KEY]) {
      expect(receiveWebhook(request, key, context.nowMs).problems).toEqual([]);
    }
    expect(receiveWebhook(request, OTHER_KEY, context.nowMs).status).toBe(401);
  });

  it("signs each attempt with its own time, and sends the same body", async () => {
    const long = "x".repeat(2_000);
    const repeat = noticeExample({ event: "repeat", action: { en: long, "pt-BR": long } });
    const messages = [
      alertsMessage(noticeExample()),
      alertsMessage(...Array.from({ length: channel.maxAlerts }, () => repeat)),
    ];
    const context = contextExample();
    const later = contextExample({ nowMs: context.nowMs + 3_600_000 });
    for (const message of messages) {
      const first = await requestOf(channel, message, context);
      const second = await requestOf(channel, message, later);
      expect(second.body).toBe(first.body);
      expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
      expect(receiveWebhook(first, NEW_KEY, later.nowMs).problems).toEqual([
        "the timestamp is 3600 s off",
      ]);
      expect(receiveWebhook(second, NEW_KEY, later.nowMs).problems).toEqual([]);
    }
  });

  it("cuts nothing of as many alerts as it takes, of usual length", async () => {
    const notices = Array.from({ length: channel.maxAlerts }, (_, i) =>
      noticeExample({ alertId: `mwqhf24q-${i}`, operation: `conversions-${i}` }),
    );
    const request = await requestOf(channel, alertsMessage(...notices), contextExample());
    expect(dataOf(request).alerts).toHaveLength(channel.maxAlerts);
    expect(request.body).not.toContain("…");
    expect(dataOf(request).alerts.every(({ action, link }) => action !== "" && link !== "")).toBe(
      true,
    );
  });

  it("says less of each alert rather than leave one out", async () => {
    // Names and texts as long as whoever configures and reports may make them.
    const action = { en: "a".repeat(500), "pt-BR": "b".repeat(500) };
    const notices = Array.from({ length: channel.maxAlerts }, (_, i) =>
      noticeExample({
        alertId: `mwqhf24q-${i}`,
        rule: "r".repeat(64),
        target: "t".repeat(64),
        operation: `${i}`.padStart(64, "o"),
        acknowledgedBy: "b".repeat(80),
        action,
      }),
    );
    const request = await requestOf(channel, alertsMessage(...notices), contextExample());
    expect(receiveWebhook(request, NEW_KEY, contextExample().nowMs).problems).toEqual([]);
    const { alerts } = dataOf(request);
    expect(alerts.map(({ id }) => id)).toEqual(notices.map(({ alertId }) => alertId));
    for (const [i, alert] of alerts.entries()) {
      const { rule, target, operation, acknowledgedBy } = notices[i] ?? noticeExample();
      expect(alert).toMatchObject({ rule, target, operation, acknowledgedBy });
      expect(alert.link).toBe(`https://tachograph.example.com/#alert=${alert.id}`);
    }
    expect(alerts.some((alert) => alert.action === action.en)).toBe(false);
    // What there is room for is used: less than one more code point of each text is left.
    expect(Buffer.byteLength(request.body)).toBeGreaterThan(20_000 - 20 * 6);
  });

  it("gives a link as a whole or not at all, and says of nobody that they acknowledged", async () => {
    const notices = Array.from({ length: channel.maxAlerts }, (_, i) =>
      noticeExample({ alertId: `${i}`.padEnd(i * 8, "x") }),
    );
    const dashboardUrl = `https://tachograph.example.com/${"d".repeat(340)}`;
    const request = await requestOf(
      channel,
      alertsMessage(...notices),
      contextExample({ dashboardUrl }),
    );
    expect(receiveWebhook(request, NEW_KEY, contextExample().nowMs).problems).toEqual([]);
    const { alerts } = dataOf(request);
    const given = alerts.filter(({ link }) => link !== "");
    expect(given.length).toBeGreaterThan(0);
    expect(given.length).toBeLessThan(alerts.length);
    for (const { id, link } of given) expect(link).toBe(`${dashboardUrl}/#alert=${id}`);
    expect(alerts.map(({ acknowledgedBy }) => acknowledgedBy)).toEqual(notices.map(() => null));
  });

  it("stays small, however long the texts are", async () => {
    const long = '"語\n'.repeat(10_000);
    const notice = noticeExample({
      rule: long,
      target: long,
      operation: long,
      acknowledgedBy: long,
      alertId: long,
      metric: "system",
      percentile: -Number.MAX_VALUE,
      threshold: -Number.MAX_VALUE,
      value: -Number.MAX_VALUE,
      repeats: -Number.MAX_VALUE,
      event: "repeat",
      action: { en: long, "pt-BR": long },
      detail: { en: long, "pt-BR": long },
    });
    const context = contextExample({ tenant: long });
    for (const count of [1, 2, channel.maxAlerts]) {
      const notices = Array.from({ length: count }, () => notice);
      const request = await requestOf(channel, alertsMessage(...notices), context);
      expect(receiveWebhook(request, NEW_KEY, context.nowMs).problems).toEqual([]);
      if (count > 1) expect(dataOf(request).alerts).toHaveLength(count);
    }
  });

  it("leaves no alert out of a message that keeps to the limit", async () => {
    const message = fc.array(hostileNotice, {
      minLength: 2,
      maxLength: channel.maxAlerts,
      size: "max",
    });
    await fc.assert(
      fc.asyncProperty(message, hostileContext, async (notices, context) => {
        const request = await requestOf(channel, alertsMessage(...notices), context);
        expect(receiveWebhook(request, NEW_KEY, context.nowMs).problems).toEqual([]);
        expect(
          dataOf(request)
            .alerts.map(({ event }) => event)
            .toSorted(),
        ).toEqual(notices.map(({ event }) => event).toSorted());
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it("sends what Standard Webhooks asks for, whatever the alerts are called", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryAlerts(channel), arbitraryContext, async (message, context) => {
        const request = await requestOf(channel, message, context);
        expect(receiveWebhook(request, NEW_KEY, context.nowMs).problems).toEqual([]);
      }),
      { seed: SEED },
    );
  });

  it.each([
    [200, "delivered"],
    [204, "delivered"],
    [299, "delivered"],
    [301, "disabled"],
    [304, "disabled"],
    [400, "dead"],
    [401, "disabled"],
    [404, "disabled"],
    [408, "retry"],
    [410, "disabled"],
    [429, "retry"],
    [500, "retry"],
    [502, "retry"],
    [504, "retry"],
  ])("reads %d as %s", (status, kind) => {
    expect(channel.read({ status, headers: {}, body: "" }).kind).toBe(kind);
  });

  it("waits as long as it is asked to", () => {
    const headers = { "retry-after": "120" };
    for (const status of [429, 503]) {
      expect(channel.read({ status, headers, body: "" })).toMatchObject({ retryAfterMs: 120_000 });
    }
  });

  it("reads any answer, without the URL", () => {
    fc.assert(
      fc.property(arbitraryAnswer, fc.boolean(), (answer, isQuoting) => {
        const body = isQuoting ? `Cannot POST ${new URL(SECRET_URL).pathname}` : answer.body;
        const { kind, detail } = channel.read({ ...answer, body });
        expect(kind).toMatch(/^(?:delivered|retry|dead|disabled)$/);
        expect(detail).not.toContain("very-secret-part");
        expect(detail).not.toMatch(/\p{Cc}/u);
      }),
      { seed: SEED },
    );
  });
});
