import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alertmanagerChannel } from "../../../src/notify/alertmanager.ts";
import type { ChannelConfig } from "../../../src/notify/channel-config.ts";
import type { AlertNotice } from "../../../src/notify/notice.ts";
import { labelFingerprint } from "../../../src/notify/label-fingerprint.ts";
import {
  arbitraryAnswer,
  arbitraryContext,
  contextExample,
  noticeExample,
  SINCE,
} from "../../support/alert-notices.ts";
import { alertsMessage, arbitraryAlerts, requestOf } from "../../support/channel-requests.ts";
import { receiveAlertmanager } from "../../support/receivers/alertmanager.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("alertmanager", process.env["SEED"]);

const CONFIG: Extract<ChannelConfig, { type: "alertmanager" }> = {
  type: "alertmanager",
  severities: ["CRITICAL"],
  tenants: undefined,
  targets: undefined,
  operations: undefined,
  rules: undefined,
  events: ["firing", "repeat", "resolved"],
  reports: false,
  language: undefined,
  urlSecret: "ALERTMANAGER_WEBHOOK_URL",
  tokenSecret: "ALERTMANAGER_TOKEN",
};

const channel = alertmanagerChannel(CONFIG, "https://oncall.example.com/webhook", "very-secret");

describe("alertmanagerChannel", () => {
  it("sends an alert as Alertmanager does", async () => {
    const request = await requestOf(channel, alertsMessage(noticeExample()), contextExample());
    expect(receiveAlertmanager(request).problems).toEqual([]);
    expect(request.url).toBe("https://oncall.example.com/webhook");
    expect(request.headers["authorization"]).toBe("Bearer very-secret");
    const labels = {
      alertname: "error-rate-critical",
      metric: "errorRate",
      operation: "*",
      severity: "critical",
      target: "meta",
      tenant: "default",
    };
    const annotations = {
      summary: "CRITICAL · error-rate-critical · meta",
      description:
        "CRITICAL: error-rate-critical on meta, all operations: error rate ≥ 10 %, " +
        "measured 23.4 %, since 2026-11-21 09:14 (UTC-3), for 12 min.",
      condition: "error rate ≥ 10 %",
      value: "23.4 %",
      since: "2026-11-21 09:14 (UTC-3)",
      duration: "12 min",
      action: "Check its token and read the API's answers.",
    };
    expect(JSON.parse(request.body)).toEqual({
      version: "4",
      groupKey: '{}:{tenant="default"}',
      truncatedAlerts: 0,
      status: "firing",
      receiver: "tachograph",
      groupLabels: { tenant: "default" },
      commonLabels: labels,
      commonAnnotations: annotations,
      externalURL: "https://tachograph.example.com",
      notification_reason: "first notification",
      alerts: [
        {
          status: "firing",
          labels,
          annotations,
          startsAt: "2026-11-21T12:19:00.000Z",
          endsAt: "0001-01-01T00:00:00Z",
          generatorURL: "https://tachograph.example.com/#alert=a-7",
          fingerprint: labelFingerprint(labels),
        },
      ],
    });
  });

  it("tells of an end with the fingerprint of the beginning", async () => {
    const over = noticeExample({
      event: "resolved",
      resolvedAt: SINCE + 900_000,
      resolvedReason: "recovered",
      value: 0.01,
    });
    const first = await requestOf(channel, alertsMessage(noticeExample()), contextExample());
    const last = await requestOf(channel, alertsMessage(over), contextExample());
    const [began, ended] = [first, last].map(({ body }) => JSON.parse(body).alerts[0]);
    expect(ended).toMatchObject({
      status: "resolved",
      startsAt: "2026-11-21T12:19:00.000Z",
      endsAt: "2026-11-21T12:29:00.000Z",
      fingerprint: began.fingerprint,
    });
  });

  it("groups what happened at the same time, and says why it tells of it", async () => {
    const fires = noticeExample();
    const google = noticeExample({ target: "google" });
    const again = noticeExample({ event: "repeat", repeats: 1 });
    const over = noticeExample({ event: "resolved", resolvedAt: SINCE + 900_000 });
    const sent = async (...notices: readonly AlertNotice[]) => {
      const request = await requestOf(channel, alertsMessage(...notices), contextExample());
      expect(receiveAlertmanager(request).problems).toEqual([]);
      return JSON.parse(request.body);
    };
    const group = await sent(fires, google, over);
    expect(group.status).toBe("firing");
    expect(group.commonLabels).not.toHaveProperty("target");
    expect(group.commonLabels).toMatchObject({ alertname: "error-rate-critical" });
    expect(group.notification_reason).toBe("new alerts added");
    expect(
      new Set(group.alerts.map((alert: { fingerprint: string }) => alert.fingerprint)).size,
    ).toBe(2);
    expect((await sent(over, over)).status).toBe("resolved");
    expect((await sent(over)).notification_reason).toBe("all alerts resolved");
    expect((await sent(again)).notification_reason).toBe("repeat interval elapsed");
    expect((await sent(again, over)).notification_reason).toBe("some alerts resolved");
  });

  it("sends a test that leaves nothing open, and takes no reports", async () => {
    const request = await requestOf(channel, { kind: "test" }, contextExample());
    expect(receiveAlertmanager(request).problems).toEqual([]);
    expect(JSON.parse(request.body)).toMatchObject({
      status: "resolved",
      alerts: [{ labels: { alertname: "TachographTest", severity: "none" } }],
    });
    expect(channel.takes("report")).toBe(false);
  });

  it("sends no authorization without a token", async () => {
    const open = alertmanagerChannel(CONFIG, "https://oncall.example.com/webhook", undefined);
    const request = await requestOf(open, { kind: "test" }, contextExample());
    expect(request.headers).not.toHaveProperty("authorization");
  });

  it("sends what receivers of Alertmanager take, whatever the alerts are called", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryAlerts(channel), arbitraryContext, async (message, context) => {
        const received = receiveAlertmanager(await requestOf(channel, message, context));
        expect(received.problems).toEqual([]);
        expect(channel.read(received).kind).toBe("delivered");
      }),
      { seed: SEED },
    );
  });

  it("reads any answer, without its token", () => {
    fc.assert(
      fc.property(arbitraryAnswer, fc.boolean(), (answer, isQuoting) => {
        const body = isQuoting ? "Your token very-secret is wrong" : answer.body;
        const { kind, detail } = channel.read({ ...answer, body });
        expect(kind).toMatch(/^(?:delivered|retry|dead|disabled)$/);
        expect(detail).not.toContain("very-secret");
      }),
      { seed: SEED },
    );
  });
});

describe("labelFingerprint", () => {
  it("is what Prometheus makes of the same labels", () => {
    expect(labelFingerprint({})).toBe("cbf29ce484222325");
    // From the tests of prometheus/common, where it is written as 5799056148416392346.
    expect(labelFingerprint({ name: "garland, briggs", fear: "love is not enough" })).toBe(
      "507a62d79ee76c9a",
    );
  });

  it("does not let a name run into its value", () => {
    expect(labelFingerprint({ a: "bc" })).not.toBe(labelFingerprint({ ab: "c" }));
  });

  it("is the same in any order of the labels, and another for others", () => {
    const texts = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.string(), { maxKeys: 4 });
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const reversed = Object.fromEntries(Object.entries(a).toReversed());
        expect(labelFingerprint(reversed)).toBe(labelFingerprint(a));
        const entries = (labels: object): string =>
          JSON.stringify(Object.entries(labels).toSorted(([x], [y]) => (x < y ? -1 : 1)));
        fc.pre(entries(a) !== entries(b));
        expect(labelFingerprint(b)).not.toBe(labelFingerprint(a));
      }),
      { seed: SEED },
    );
  });
});
