import { describe, expect, it } from "vitest";
import {
  changeRule,
  type GateRule,
  type GateState,
  NEW_GATE,
  passGate,
  roomOf,
} from "../../../examples/platforms/gate.ts";

const MINUTE = 60_000;
const NOW = 29_919_833 * MINUTE;
const WINDOW: GateRule = { limitPerMinute: 3, burst: null };
const BUCKET: GateRule = { limitPerMinute: 60, burst: 2 };

/** Sends `calls` calls at once and tells the state and how many were let through. */
function send(state: GateState, rule: GateRule, calls: number, now: number) {
  let current = state;
  let admitted = 0;
  for (let i = 0; i < calls; i++) {
    const result = passGate(current, rule, now);
    current = result.state;
    if (result.admission.admitted) admitted += 1;
  }
  return { state: current, admitted };
}

describe("passGate", () => {
  it("counts what it lets through and what it refuses, in either mode", () => {
    const window = send(NEW_GATE, WINDOW, 5, NOW);
    expect(window.state).toMatchObject({ admitted: 3, refused: 2, bucket: null });
    const bucket = send(window.state, BUCKET, 5, NOW);
    expect(bucket.admitted).toBe(2);
    expect(bucket.state).toMatchObject({ admitted: 5, refused: 5 });
  });

  it("counts the calls of the minute, whichever rule let them through", () => {
    const { state } = send(NEW_GATE, BUCKET, 5, NOW);
    expect(state.window).toEqual({ startedAt: NOW, count: 2 });
    expect(send(state, BUCKET, 5, NOW + MINUTE).state.window).toEqual({
      startedAt: NOW + MINUTE,
      count: 2,
    });
  });
});

describe("roomOf", () => {
  it("tells how many calls would be let through, and takes none", () => {
    expect(roomOf(NEW_GATE, WINDOW, NOW)).toBe(3);
    expect(roomOf(send(NEW_GATE, WINDOW, 2, NOW).state, WINDOW, NOW)).toBe(1);
    expect(roomOf(NEW_GATE, BUCKET, NOW)).toBe(2);
    const { state } = send(NEW_GATE, BUCKET, 2, NOW);
    expect(roomOf(state, BUCKET, NOW + 999)).toBe(0);
    expect(roomOf(state, BUCKET, NOW + 1_000)).toBe(1);
  });
});

describe("changeRule", () => {
  it("begins with a full bucket, again when it was switched off in between", () => {
    const used = send(NEW_GATE, BUCKET, 2, NOW).state;
    expect(roomOf(used, BUCKET, NOW)).toBe(0);
    const off = changeRule(used, BUCKET, WINDOW, NOW);
    expect(off.bucket).toBeNull();
    expect(roomOf(changeRule(off, WINDOW, BUCKET, NOW), BUCKET, NOW)).toBe(2);
  });

  it("gives for the time until then what the old rate gives", () => {
    const used = send(NEW_GATE, BUCKET, 2, NOW).state;
    const faster = { limitPerMinute: 6_000, burst: 100 };
    const later = changeRule(used, BUCKET, faster, NOW + 1_000);
    expect(roomOf(later, faster, NOW + 1_000)).toBe(1);
    expect(roomOf(later, faster, NOW + 1_100)).toBe(11);
  });

  it("keeps the counts", () => {
    const used = send(NEW_GATE, BUCKET, 3, NOW).state;
    expect(changeRule(used, BUCKET, WINDOW, NOW)).toMatchObject({ admitted: 2, refused: 1 });
  });
});
