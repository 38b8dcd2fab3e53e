import { describe, expect, it } from "vitest";
import type { Admission } from "../../../examples/platforms/admission.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../../examples/platforms/settings.ts";
import { HANG_MS, simulateCall } from "../../../examples/platforms/simulate-call.ts";

const ADMITTED: Admission = {
  admitted: true,
  limit: 10,
  remaining: 9,
  resetMs: 1_500,
  usedPercent: 10,
};
const REFUSED: Admission = { ...ADMITTED, admitted: false, remaining: 0, usedPercent: 100 };
const CALL = { platform: "reddit", events: 1 } as const;

/** Gives the numbers in turn: for the latency, hanging, an error, the trace. */
function draws(...numbers: number[]): () => number {
  const rest = [...numbers];
  return () => {
    const next = rest.shift();
    if (next === undefined) throw new Error("drew more often than expected");
    return next;
  };
}

function statusAndDelay(settings: Partial<Settings>, admission = ADMITTED, ...numbers: number[]) {
  const all = { ...DEFAULT_SETTINGS.reddit, ...settings };
  const { answer, delayMs } = simulateCall(CALL, all, admission, draws(...numbers));
  return [answer.status, Math.round(delayMs)];
}

describe("simulateCall", () => {
  it("answers after the latency that was drawn", () => {
    expect(statusAndDelay({}, ADMITTED, 0.5, 0.9, 0.9, 0.1)).toEqual([200, 100]);
    expect(statusAndDelay({}, ADMITTED, 0.99, 0.9, 0.9, 0.1)).toEqual([200, 400]);
  });

  it("fails the share of calls that it is told to", () => {
    expect(statusAndDelay({ errorRate: 0.3 }, ADMITTED, 0.5, 0.9, 0.29, 0.1)).toEqual([500, 100]);
    expect(statusAndDelay({ errorRate: 0.3 }, ADMITTED, 0.5, 0.9, 0.3, 0.1)).toEqual([200, 100]);
  });

  it("lets the share of calls hang that it is told to", () => {
    expect(statusAndDelay({ timeoutRate: 1 }, ADMITTED, 0.5, 0.9, 0.9, 0.1)[1]).toBe(HANG_MS);
    expect(HANG_MS).toBeGreaterThan(30_000);
  });

  it("refuses early and says when to come back, in whole seconds rounded up", () => {
    const { answer, delayMs } = simulateCall(
      CALL,
      DEFAULT_SETTINGS.reddit,
      REFUSED,
      draws(0.99, 0.9, 0.9, 0.1),
    );
    expect([answer.status, answer.headers["retry-after"], delayMs]).toEqual([429, "2", 25]);
  });

  it("refuses a body of the wrong shape", () => {
    const call = { platform: "tiktok", events: undefined } as const;
    const { answer } = simulateCall(
      call,
      DEFAULT_SETTINGS.tiktok,
      ADMITTED,
      draws(0.5, 0.9, 0.9, 0.1),
    );
    expect(JSON.parse(answer.body ?? "")).toMatchObject({ code: 40002 });
  });

  it("takes the events of a call that is answered well, and of no other", () => {
    const isAccepted = (settings: Partial<Settings>, admission = ADMITTED, events?: number) => {
      const all = { ...DEFAULT_SETTINGS.reddit, ...settings };
      const call = { platform: "reddit", events } as const;
      return simulateCall(call, all, admission, draws(0.5, 0.5, 0.5, 0.5)).isAccepted;
    };
    expect(isAccepted({}, ADMITTED, 1)).toBe(true);
    expect(isAccepted({}, REFUSED, 1)).toBe(false);
    expect(isAccepted({}, ADMITTED, undefined)).toBe(false);
    expect(isAccepted({ errorRate: 1 }, ADMITTED, 1)).toBe(false);
    expect(isAccepted({ timeoutRate: 1 }, ADMITTED, 1)).toBe(false);
    expect(isAccepted({ outage: true }, ADMITTED, 1)).toBe(false);
  });

  it("answers 503 to everything during an outage, even at the limit", () => {
    expect(statusAndDelay({ outage: true }, REFUSED, 0.5, 0, 0, 0)).toEqual([503, 100]);
  });
});
