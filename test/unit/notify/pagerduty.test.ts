import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message } from "../../../src/notify/notice.ts";
import { pagerdutyChannel } from "../../../src/notify/pagerduty.ts";
import { aContext, aNotice } from "../../support/hostile-notices.ts";
import { receivePagerduty } from "../../support/receivers/pagerduty.ts";
import { seedOf } from "../../support/seeded.ts";
import {
  expectAlwaysTaken,
  expectShownAsItIs,
  expectVerdictForAnything,
  requestOf,
} from "./chat-properties.ts";

const seed = seedOf("pagerduty", process.env["SEED"]);

const KEY = "0123456789abcdef0123456789abcdef";

const channel = pagerdutyChannel(
  {
    type: "pagerduty",
    routingKeySecret: "PAGERDUTY_ROUTING_KEY",
    endpoint: "https://events.eu.pagerduty.com/",
    severities: ["CRITICAL"],
    tenants: undefined,
    targets: undefined,
    operations: undefined,
    rules: undefined,
    events: ["firing", "repeat", "resolved"],
    reports: false,
    language: undefined,
  },
  KEY,
);

async function eventOf(message: Message): Promise<Record<string, unknown>> {
  const request = await requestOf(channel, message);
  expect(receivePagerduty(request).problems).toEqual([]);
  return JSON.parse(request.body) as Record<string, unknown>;
}

const about = (given: Parameters<typeof aNotice>[0]): Message => ({
  kind: "alerts",
  notices: [aNotice(given)],
});

describe("an event for PagerDuty", () => {
  it("triggers with everything that there is to say", async () => {
    const event = await eventOf(about({ operation: "purchase", acknowledgedBy: "ana" }));
    expect(event).toEqual({
      routing_key: KEY,
      event_action: "trigger",
      dedup_key: "error-rate-critical/meta/1790000000000",
      client: "Tachograph",
      client_url: expect.stringContaining("https://dash.example.com/#alert=") as string,
      links: [
        {
          href: expect.stringContaining("https://dash.example.com/#alert=") as string,
          text: "Details",
        },
      ],
      payload: {
        summary: expect.stringContaining("CRITICAL: error-rate-critical on meta") as string,
        source: "meta",
        severity: "critical",
        timestamp: "2026-11-21T12:15:00.000Z",
        component: "purchase",
        group: "default",
        class: "error-rate-critical",
        custom_details: {
          Where: "meta, operation purchase",
          Condition: "error rate ≥ 10 %",
          Measured: "23.4 %",
          Since: "2026-11-21 09:14 (UTC-3)",
          Duration: expect.stringMatching(/min/) as string,
          "What to do": "Look at Meta's status page.",
          "Acknowledged by": "ana",
        },
      },
    });
  });

  it.each([
    ["CRITICAL", "critical"],
    ["HIGH", "error"],
    ["MEDIUM", "warning"],
    ["LOW", "info"],
  ] as const)("%s is %s", async (severity, expected) => {
    expect(await eventOf(about({ severity }))).toMatchObject({ payload: { severity: expected } });
  });

  it("belongs to the same incident when an alert is told again and when it ends", async () => {
    const first = await eventOf(about({}));
    const again = await eventOf(about({ event: "repeat", repeats: 4 }));
    const end = await eventOf(about({ event: "resolved", resolvedAt: 1 }));
    expect(again).toMatchObject({ event_action: "trigger", dedup_key: first["dedup_key"] });
    expect(end).toEqual({
      routing_key: KEY,
      event_action: "resolve",
      dedup_key: first["dedup_key"],
    });
  });

  it("keeps incidents apart whose ids are too long and begin alike", async () => {
    const alike = "x".repeat(300);
    const ids = [alike, `${alike}a`, `${alike}b`];
    const keys = await Promise.all(
      ids.map(async (alertId) => (await eventOf(about({ alertId })))["dedup_key"]),
    );
    expect(new Set(keys).size).toBe(3);
  });

  it("is sent to the endpoint of the region, one alert at a time, and no reports", async () => {
    expect((await requestOf(channel, about({}))).url).toBe(
      "https://events.eu.pagerduty.com/v2/enqueue",
    );
    expect(channel.maxAlerts).toBe(1);
    expect(channel.takes("alerts")).toBe(true);
    expect(channel.takes("report")).toBe(false);
  });

  it("is of the lowest severity for a test, which says that it is one", async () => {
    expect(channel.takes("test")).toBe(true);
    expect(await eventOf({ kind: "test" })).toMatchObject({
      event_action: "trigger",
      dedup_key: "test:batch:1",
      payload: {
        severity: "info",
        summary: expect.stringContaining("This is a test of this channel") as string,
      },
    });
  });

  it("makes no error of a report or of nothing at all", async () => {
    const mail = { subject: "s", text: "t", markdown: "", html: "", json: {} };
    const context = aContext();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Message>(
          { kind: "alerts", notices: [] },
          { kind: "report", period: "daily", mail },
        ),
        async (message) => {
          const request = await requestOf(channel, message, context);
          expect(receivePagerduty(request).problems).toEqual([]);
        },
      ),
      { seed, numRuns: 5 },
    );
  });

  it("is within PagerDuty's limits whatever it is about", () =>
    expectAlwaysTaken(channel, receivePagerduty, seed));

  it("shows every name as it is", () => expectShownAsItIs(channel, receivePagerduty, seed));
});

describe("an answer of PagerDuty", () => {
  const read = (status: number, body = "", headers = {}) => channel.read({ status, headers, body });

  it.each([
    [202, '{"status":"success"}', "delivered"],
    [301, "", "dead"],
    [400, '{"status":"invalid event","errors":["\'severity\' is missing"]}', "dead"],
    [400, '{"status":"invalid event","errors":["Invalid routing key"]}', "disabled"],
    [403, "", "disabled"],
    [413, "", "dead"],
    [429, "", "retry"],
    [500, "", "retry"],
    [503, "", "retry"],
  ] as const)("%i %j: %s", (status, body, kind) => {
    expect(read(status, body).kind).toBe(kind);
  });

  it("is obeyed at a 429, for a minute if it names no time", () => {
    expect(read(429)).toMatchObject({ retryAfterMs: 60_000 });
    expect(read(429, "", { "retry-after": "7" })).toMatchObject({ retryAfterMs: 7_000 });
    expect(read(503)).not.toHaveProperty("retryAfterMs");
  });

  it("is not quoted with the key in it", () => {
    expect(read(400, `bad ${KEY}`).detail).not.toContain(KEY);
  });

  it("gets a verdict whatever it is", () => expectVerdictForAnything(channel, seed));
});
