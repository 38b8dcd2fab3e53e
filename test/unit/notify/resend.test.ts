import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChannelConfig } from "../../../src/notify/channel-config.ts";
import { resendChannel } from "../../../src/notify/resend.ts";
import {
  arbitraryAnswer,
  arbitraryContext,
  contextExample,
  noticeExample,
} from "../../support/alert-notices.ts";
import {
  alertsMessage,
  arbitraryAlerts,
  REPORT,
  requestOf,
} from "../../support/channel-requests.ts";
import { receiveResend } from "../../support/receivers/resend.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("resend", process.env["SEED"]);

const API_KEY = "re_AbCdEf123456";

const CONFIG: Extract<ChannelConfig, { type: "resend" }> = {
  type: "resend",
  severities: ["CRITICAL", "HIGH", "MEDIUM"],
  tenants: undefined,
  targets: undefined,
  operations: undefined,
  rules: undefined,
  events: ["firing", "repeat", "resolved"],
  reports: true,
  language: undefined,
  apiKeySecret: "RESEND_API_KEY",
  endpoint: "https://api.resend.com",
  from: "Tachograph <alerts@example.com>",
  to: ["oncall@example.com", "lead@example.com"],
};

const channel = resendChannel(CONFIG, API_KEY);

describe("resendChannel", () => {
  it("sends alerts, reports and tests as mails, with the idempotency key", async () => {
    const messages = [alertsMessage(noticeExample()), REPORT, { kind: "test" }] as const;
    for (const message of messages) {
      const request = await requestOf(channel, message, contextExample());
      expect(request.url).toBe("https://api.resend.com/emails");
      expect(request.headers["idempotency-key"]).toBe("acme/a-7:firing/mail");
      const received = receiveResend(request, new Map());
      expect(received.problems).toEqual([]);
      expect(channel.read(received).kind).toBe("delivered");
    }
  });

  it("sends the same at every attempt, so that Resend knows it again", async () => {
    const state = new Map();
    const message = alertsMessage(noticeExample());
    const ids = [];
    for (const laterMs of [0, 60_000, 7_200_000]) {
      const context = contextExample({ nowMs: contextExample().nowMs + laterMs });
      const received = receiveResend(await requestOf(channel, message, context), state);
      expect(received.problems).toEqual([]);
      ids.push(JSON.parse(received.body).id);
    }
    expect(new Set(ids).size).toBe(1);
  });

  it("gives up on a mail whose key was used for another", async () => {
    const state = new Map();
    const context = contextExample();
    await requestOf(channel, alertsMessage(noticeExample()), context).then((request) =>
      receiveResend(request, state),
    );
    const other = alertsMessage(noticeExample({ target: "google" }));
    const received = receiveResend(await requestOf(channel, other, context), state);
    const verdict = channel.read(received);
    expect(verdict.kind).toBe("dead");
    expect(verdict.detail).toContain("another content");
  });

  it.each([
    [409, "concurrent_idempotent_requests", "retry"],
    [429, "rate_limit_exceeded", "retry"],
    [429, "daily_quota_exceeded", "retry"],
    [429, "monthly_quota_exceeded", "disabled"],
    [500, "internal_server_error", "retry"],
    [401, "missing_api_key", "disabled"],
    [401, "restricted_api_key", "disabled"],
    [403, "invalid_api_key", "disabled"],
    [403, "validation_error", "disabled"],
    [404, "not_found", "disabled"],
    [422, "invalid_from_address", "disabled"],
    [400, "validation_error", "dead"],
    [422, "missing_required_field", "dead"],
  ])("reads %d %s as %s", (status, name, kind) => {
    const body = JSON.stringify({ statusCode: status, name, message: "No, because." });
    const verdict = channel.read({ status, headers: {}, body });
    expect(verdict.kind).toBe(kind);
    expect(verdict.detail).toBe(`Resend: ${name} (${status}): No, because.`);
  });

  it("waits as long as it is asked to, and an hour for the daily quota", () => {
    const read = (name: string, headers: Record<string, string>) =>
      channel.read({ status: 429, headers, body: JSON.stringify({ name, message: "" }) });
    expect(read("rate_limit_exceeded", { "retry-after": "2" })).toMatchObject({
      retryAfterMs: 2_000,
    });
    expect(read("daily_quota_exceeded", {})).toMatchObject({ retryAfterMs: 3_600_000 });
  });

  it("sends what Resend takes, whatever the alerts are called, and the same at any time", async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryAlerts(channel),
        arbitraryContext,
        fc.nat(86_400_000),
        async (message, context, laterMs) => {
          const state = new Map();
          const later = { ...context, nowMs: context.nowMs + laterMs };
          for (const attempt of [context, later]) {
            const received = receiveResend(await requestOf(channel, message, attempt), state);
            expect(received.problems).toEqual([]);
          }
        },
      ),
      { seed: SEED },
    );
  });

  it("reads any answer, without its key", () => {
    fc.assert(
      fc.property(arbitraryAnswer, fc.boolean(), (answer, isQuoting) => {
        const body = isQuoting ? JSON.stringify({ name: "x", message: API_KEY }) : answer.body;
        const { kind, detail } = channel.read({ ...answer, body });
        expect(kind).toMatch(/^(?:delivered|retry|dead|disabled)$/);
        expect(detail).not.toContain(API_KEY);
        expect(detail).not.toMatch(/\p{Cc}/u);
      }),
      { seed: SEED },
    );
  });
});
