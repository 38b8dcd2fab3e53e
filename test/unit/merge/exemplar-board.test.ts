import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OperationExemplar } from "../../../src/exemplar.ts";
import { CLASSIC_BOUNDS_US } from "../../../src/merge/classic-bounds.ts";
import { EXEMPLAR_LIFE_MS, ExemplarBoard } from "../../../src/merge/exemplar-board.ts";
import { MAX_AHEAD_MS } from "../../../src/wire/horizon.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = 1_795_190_000_000;
const BUCKETS = CLASSIC_BOUNDS_US.length + 1;

function exemplar(durationUs: number, at = NOW, operation = "events"): OperationExemplar {
  return { operation, durationUs, at, traceId: `${durationUs}/${at}` };
}

/** Which bucket a call falls into, written as the convention has it: at the bound is below it. */
function bucketOf(durationUs: number): number {
  return CLASSIC_BOUNDS_US.filter((boundUs) => boundUs < durationUs).length;
}

describe("one series", () => {
  test("of each classic bucket the newest stays, and the newest comes first", () => {
    const board = new ExemplarBoard();
    const list = [exemplar(1_000, NOW - 30), exemplar(999, NOW - 20), exemplar(1_001, NOW - 10)];
    board.add("meta", list, NOW);
    board.add("meta", [exemplar(1, NOW - 25)], NOW);
    expect(board.of({ target: "meta", operation: "events" }).map((one) => one.durationUs)).toEqual([
      1_001, 999,
    ]);
  });

  test("of two of one time the one that comes later stays", () => {
    const board = new ExemplarBoard();
    board.add("meta", [exemplar(5), exemplar(6)], NOW);
    board.add("meta", [exemplar(7)], NOW);
    expect(board.of({ target: "meta", operation: "*" })).toMatchObject([{ durationUs: 7 }]);
  });

  test("what is not said of the operation is not shown", () => {
    const board = new ExemplarBoard();
    board.add("meta", [exemplar(5)], NOW);
    const [shown] = board.of({ target: "meta", operation: "events" });
    expect(shown).toEqual({ durationUs: 5, at: NOW, traceId: `5/${NOW}` });
    expect(board.of({ target: "google", operation: "*" })).toEqual([]);
  });

  test("the list is the same one until something changes", () => {
    const board = new ExemplarBoard();
    const name = { target: "meta", operation: "events" };
    board.add("meta", [exemplar(5)], NOW);
    const before = board.of(name);
    board.advance(NOW + 1_000);
    board.add("meta", [exemplar(5, NOW - 1)], NOW);
    board.add("google", [exemplar(5)], NOW);
    expect(board.of(name)).toBe(before);
    board.add("meta", [exemplar(6, NOW + 1)], NOW);
    expect(board.of(name)).not.toBe(before);
  });
});

describe("time", () => {
  const whole = { target: "meta", operation: "*" };

  test("after ten minutes it is gone, and not before", () => {
    const board = new ExemplarBoard();
    board.add("meta", [exemplar(5)], NOW);
    board.advance(NOW + EXEMPLAR_LIFE_MS);
    expect(board.count).toBe(2);
    board.advance(NOW + EXEMPLAR_LIFE_MS + 1);
    expect(board.count).toBe(0);
    expect(board.of(whole)).toEqual([]);
  });

  test("what comes too old, or from too far ahead, is not taken", () => {
    const board = new ExemplarBoard();
    const early = exemplar(5, NOW - EXEMPLAR_LIFE_MS - 1);
    board.add("meta", [early, exemplar(5, NOW + MAX_AHEAD_MS + 1)], NOW);
    expect(board.count).toBe(0);
  });

  test("when the clock goes back, what is of its future goes", () => {
    const board = new ExemplarBoard();
    board.add("meta", [exemplar(5), exemplar(5_000, NOW - 120_000)], NOW);
    board.advance(NOW - 60_000);
    expect(board.of(whole)).toMatchObject([{ durationUs: 5_000 }]);
    board.add("meta", [exemplar(6, NOW - 61_000)], NOW - 60_000);
    expect(board.of(whole)).toMatchObject([{ durationUs: 6 }, { durationUs: 5_000 }]);
  });
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      target: fc.constantFrom("meta", "google"),
      operation: fc.constantFrom("a", "b"),
      durationUs: fc.oneof(
        fc.nat(100_000_000),
        fc.constantFrom(...CLASSIC_BOUNDS_US.flatMap((boundUs) => [boundUs, boundUs + 1])),
      ),
      agoMs: fc.integer({ min: -60_000, max: EXEMPLAR_LIFE_MS + 60_000 }),
    }),
  },
  fc.record({
    kind: fc.constant("advance" as const),
    byMs: fc.integer({ min: -400_000, max: 400_000 }),
  }),
);

/** What a board without a limit holds: the newest of each series and bucket. */
class PlainBoard {
  readonly held = new Map<string, OperationExemplar>();

  add(target: string, one: OperationExemplar, nowMs: number): void {
    if (!isShown(one, nowMs)) return;
    for (const operation of [one.operation, "*"]) {
      const key = `${target}/${operation}/${bucketOf(one.durationUs)}`;
      const before = this.held.get(key);
      if (before === undefined || before.at <= one.at) this.held.set(key, one);
    }
  }

  advance(nowMs: number): void {
    for (const [key, one] of this.held) if (!isShown(one, nowMs)) this.held.delete(key);
  }

  of(target: string, operation: string): readonly string[] {
    const prefix = `${target}/${operation}/`;
    const own = [...this.held].filter(([key]) => key.startsWith(prefix));
    return own.map(([, { traceId }]) => traceId).toSorted();
  }
}

function isShown({ at }: OperationExemplar, nowMs: number): boolean {
  return at >= nowMs - EXEMPLAR_LIFE_MS && at <= nowMs + MAX_AHEAD_MS;
}

test("it has the newest of each bucket and nothing else, whatever time does", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const board = new ExemplarBoard();
      const plain = new PlainBoard();
      let nowMs = NOW;
      for (const [number, one] of steps.entries()) {
        if (one.kind === "advance") {
          nowMs += one.byMs;
          board.advance(nowMs);
          plain.advance(nowMs);
          expect(board.of({ target: "meta", operation: "*" }).length).toBe(
            plain.of("meta", "*").length,
          );
          continue;
        }
        const { durationUs, operation, agoMs, target } = one;
        const taken = { ...exemplar(durationUs, nowMs - agoMs, operation), traceId: `${number}` };
        board.add(target, [taken], nowMs);
        plain.add(target, taken, nowMs);
        expect(board.count).toBe(plain.held.size);
        expect(board.of({ target, operation: "*" }).length).toBe(plain.of(target, "*").length);
      }
      for (const target of ["meta", "google"]) {
        for (const operation of ["a", "b", "*"]) {
          const shown = board.of({ target, operation });
          expect(shown.map(({ traceId }) => traceId).toSorted()).toEqual(
            plain.of(target, operation),
          );
          const times = shown.map(({ at }) => at);
          expect(times).toEqual(times.toSorted((some, other) => other - some));
        }
      }
    }),
    { seed: seedOf("exemplar board", process.env["SEED"]), numRuns: 300 },
  );
});

test("it never holds more than it may, and gives up the series that was silent for longest", () => {
  const most = 2 * BUCKETS;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(30), fc.nat(100_000_000)), { maxLength: 300 }),
      (offers) => {
        const board = new ExemplarBoard(most);
        for (const [number, durationUs] of offers) {
          board.add(`t${number}`, [exemplar(durationUs)], NOW);
          expect(board.count).toBeLessThanOrEqual(most);
          // Who has just been heard of is there.
          const newest = board.of({ target: `t${number}`, operation: "*" });
          expect(newest.map((one) => one.durationUs)).toContain(durationUs);
        }
      },
    ),
    { seed: seedOf("exemplar board's limit", process.env["SEED"]), numRuns: 200 },
  );
});

test("a series that has heard of one again is no longer the first to go", () => {
  const board = new ExemplarBoard(24);
  const isThere = (target: string): boolean => board.of({ target, operation: "*" }).length > 0;
  // Two series each: its operation and the whole of it.
  const targets = Array.from({ length: 12 }, (_, number) => `t${number}`);
  for (const target of targets) board.add(target, [exemplar(5)], NOW);
  expect(targets.filter(isThere)).toEqual(targets);
  board.add("t0", [exemplar(6)], NOW);
  board.add("t12", [exemplar(5)], NOW);
  expect(targets.filter((target) => !isThere(target))).toEqual(["t1"]);
  expect(board.count).toBe(24);
});
