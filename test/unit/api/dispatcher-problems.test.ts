import { describe, expect, it } from "vitest";
import { dispatcherProblems, dispatcherWarnings } from "../../../src/api/dispatcher-problems.ts";
import type { ChannelHealth, DispatcherHealth } from "../../../src/wire/dispatcher-rpc.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const WATCHDOG_MS = 120_000;
const LIMIT_MS = 300_000;

function channel(more: Partial<ChannelHealth>): ChannelHealth {
  const counts = { queued: 0, delivered: 3, dead: 1, dropped: 2, superseded: 4, refused: 0 };
  const times = { oldestQueuedAt: null, lastDeliveredAt: null };
  return {
    channel: "mail",
    type: "resend",
    state: "ok",
    ...counts,
    ...times,
    lastError: null,
    ...more,
  };
}

function dispatcher(more: Partial<DispatcherHealth>): DispatcherHealth {
  return {
    at: NOW,
    ranAt: NOW - 1_000,
    nextRunAt: NOW + 1_000,
    lastError: null,
    channels: [channel({})],
    beat: { at: NOW - 1_000, nextTickAt: NOW + 9_000 },
    heartbeatAt: NOW - 1_000,
    heartbeatError: null,
    reportsError: null,
    ...more,
  };
}

function problems(more: Partial<DispatcherHealth>): string[] {
  return dispatcherProblems(dispatcher(more), WATCHDOG_MS);
}

describe("dispatcherProblems", () => {
  it("has nothing against one that is well, or has nothing to do", () => {
    expect(problems({})).toEqual([]);
    expect(problems({ ranAt: null, nextRunAt: null, beat: null, heartbeatAt: null })).toEqual([]);
    expect(problems({ beat: { at: 0, nextTickAt: null } })).toEqual([]);
    expect(problems({ nextRunAt: NOW - WATCHDOG_MS })).toEqual([]);
    expect(problems({ beat: { at: 0, nextTickAt: NOW - WATCHDOG_MS } })).toEqual([]);
  });

  it.each(["ok", "failing", "disabled", "unconfigured"] as const)(
    "a channel that is %s is a problem as soon as messages wait for too long",
    (state) => {
      const waits = (ms: number): Partial<DispatcherHealth> => ({
        channels: [channel({ state, queued: 4, oldestQueuedAt: NOW - ms, lastError: "no key" })],
      });
      expect(problems({ channels: [channel({ state })] })).toEqual([]);
      expect(problems(waits(LIMIT_MS))).toEqual([]);
      const [problem] = problems(waits(LIMIT_MS + 1));
      expect(problem).toMatch(/^the channel mail .* 4 messages wait.* 300001 ms: no key$/);
    },
  );

  it("says of a channel that was removed what is wrong with it, and of one without a secret", () => {
    const lastError = "the configuration names no such channel";
    const waits = { state: "unconfigured", queued: 1, oldestQueuedAt: NOW - LIMIT_MS - 1 } as const;
    expect(problems({ channels: [channel({ ...waits, lastError })] })).toEqual([
      "the channel mail is not configured, and 1 messages wait, the oldest for 300001 ms: " +
        "the configuration names no such channel",
    ]);
    const missing = "missing: RESEND_KEY";
    const [problem] = problems({ channels: [channel({ ...waits, lastError: missing })] });
    expect(problem).toMatch(/is not configured.*: missing: RESEND_KEY$/);
  });

  it("a channel whose receiver refuses everything is one, though nothing waits", () => {
    const refusing = (more: Partial<ChannelHealth>): string[] =>
      problems({ channels: [channel({ lastError: "answered 400", ...more })] });
    expect(refusing({ refused: 2 })).toEqual([]);
    expect(refusing({ state: "failing", refused: 2 })).toEqual([]);
    const told =
      "the channel mail loses what it is given, its receiver refused the last 65 messages: answered 400";
    expect(refusing({ state: "failing", refused: 65 })).toEqual([told]);
    const waits = { queued: 1, oldestQueuedAt: NOW - LIMIT_MS - 1 };
    expect(refusing({ state: "failing", refused: 65, ...waits })).toEqual([told]);
    // Its receiver is not even asked any more.
    expect(refusing({ state: "disabled", refused: 65, ...waits })).toEqual([
      expect.stringContaining("until somebody changes a setting"),
    ]);
  });

  it.each([
    [{ lastError: "disk full" }, "its last run failed: disk full"],
    [{ nextRunAt: NOW - WATCHDOG_MS - 1 }, "it should have run 120001 ms ago"],
    [
      { beat: { at: 0, nextTickAt: NOW - WATCHDOG_MS - 1 } },
      "the coordinator should have given a sign of life 120001 ms ago",
    ],
    [{ reportsError: "D1 is away" }, "reports cannot be written: D1 is away"],
    [
      { heartbeatError: "404", heartbeatAt: NOW - LIMIT_MS - 1 },
      "the heartbeat URL does not answer well: 404",
    ],
    [{ heartbeatError: "404", heartbeatAt: null }, "the heartbeat URL does not answer well: 404"],
  ])("%j is a problem", (more, problem) => {
    expect(problems(more)).toEqual([problem]);
  });

  it("a heartbeat that failed just now is none yet", () => {
    expect(problems({ heartbeatError: "404", heartbeatAt: NOW - LIMIT_MS })).toEqual([]);
  });
});

describe("dispatcherWarnings", () => {
  const warnings = (more: Partial<DispatcherHealth>): string[] =>
    dispatcherWarnings(dispatcher(more));

  it("tells of channels that could deliver nothing, though nothing waits yet", () => {
    expect(warnings({})).toEqual([]);
    expect(warnings({ channels: [channel({ lastError: "an error that is over" })] })).toEqual([]);
    const channels = [channel({ state: "unconfigured", lastError: "MAIL_KEY is not set" })];
    expect(warnings({ channels })).toEqual([
      "the channel mail is not configured: MAIL_KEY is not set",
    ]);
  });

  it("tells of a heartbeat that fails until it is a problem", () => {
    expect(warnings({ heartbeatError: "503" })).toEqual([
      "the heartbeat URL did not answer well the last time: 503",
    ]);
  });

  it("tells nothing twice", () => {
    const channels = [channel({ state: "failing", queued: 1, oldestQueuedAt: NOW - LIMIT_MS - 1 })];
    const more = { channels, heartbeatError: "503", heartbeatAt: NOW - LIMIT_MS - 1 };
    expect(problems(more)).toHaveLength(2);
    expect(warnings(more)).toEqual([]);
  });
});
