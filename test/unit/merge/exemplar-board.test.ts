import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type OperationExemplar, SHOWN_EXEMPLARS } from "../../../src/exemplar.ts";
import { CLASSIC_BOUNDS_US } from "../../../src/merge/classic-bounds.ts";
import { EXEMPLAR_LIFE_MS, ExemplarBoard } from "../../../src/merge/exemplar-board.ts";
import { EXEMPLAR_SLOT_MS } from "../../../src/merge/kept-exemplars.ts";
import { MAX_AHEAD_MS } from "../../../src/wire/horizon.ts";
import { seedOf } from "../../support/seeded.ts";

/** Where a slot begins. */
const NOW = 1_795_190_010_000;

/** What a series may have: one of each bucket, and the slowest of each slot that is within reach. */
const MOST_OF_SERIES =
  CLASSIC_BOUNDS_US.length +
  1 +
  SHOWN_EXEMPLARS * ((EXEMPLAR_LIFE_MS + MAX_AHEAD_MS) / EXEMPLAR_SLOT_MS + 1);

const EVENTS = { target: "meta", operation: "events" };
const WHOLE = { target: "meta", operation: "*" };

function exemplar(durationUs: number, at = NOW, operation = "events"): OperationExemplar {
  return { operation, durationUs, at, traceId: `${durationUs}/${at}` };
}

/** Which bucket a call falls into, written as the convention has it: at the bound is below it. */
function bucketOf(durationUs: number): number {
  return CLASSIC_BOUNDS_US.filter((boundUs) => boundUs < durationUs).length;
}

function durationsOf(exemplars: readonly { readonly durationUs: number }[]): readonly number[] {
  return exemplars.map(({ durationUs }) => durationUs);
}

describe("the newest of each classic bucket", () => {
  test("is told, the newest first", () => {
    const board = new ExemplarBoard();
    const list = [exemplar(1_000, NOW - 30), exemplar(999, NOW - 20), exemplar(1_001, NOW - 10)];
    board.add("meta", list, NOW);
    board.add("meta", [exemplar(1, NOW - 25)], NOW);
    expect(durationsOf(board.newest(EVENTS))).toEqual([1_001, 999]);
  });

  test("of two of one time is the one that came later", () => {
    const board = new ExemplarBoard();
    board.add("meta", [exemplar(5), exemplar(6)], NOW);
    board.add("meta", [exemplar(7), exemplar(4)], NOW);
    expect(durationsOf(board.newest(WHOLE))).toEqual([4]);
  });

  test("is told of its own series and of no other", () => {
    const board = new ExemplarBoard();
    board.add("meta", [exemplar(5)], NOW);
    expect(board.newest(EVENTS)).toEqual([
      { durationUs: 5, at: NOW, traceId: `5/${NOW}`, number: 1 },
    ]);
    expect(board.newest({ target: "google", operation: "*" })).toEqual([]);
  });
});

describe("the slowest", () => {
  test("stay whatever comes later into their buckets", () => {
    const board = new ExemplarBoard();
    const us = [500_000_000, 2_499_000, 70_000_000, 2_001_000];
    for (const [index, one] of us.entries()) {
      board.add("meta", [exemplar(one, NOW + index)], NOW + index);
    }
    expect(durationsOf(board.newest(EVENTS))).toEqual([2_001_000, 70_000_000]);
    const slowest = [500_000_000, 70_000_000, 2_499_000, 2_001_000];
    expect(durationsOf(board.slowest(EVENTS))).toEqual(slowest);
    expect(durationsOf(board.slowest(WHOLE))).toEqual(slowest);
  });

  test("are five, the newest first of equally slow ones", () => {
    const board = new ExemplarBoard();
    const ago = [5, 3, 1, 6, 2, 4];
    const list = ago.map((ms) => exemplar(70_000, NOW - ms));
    board.add("meta", list, NOW);
    expect(board.slowest(EVENTS).map(({ at }) => NOW - at)).toEqual([1, 2, 3, 4, 5]);
  });

  test("are followed by the next slowest when they have had their time", () => {
    const board = new ExemplarBoard();
    const minutes = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
    // Each minute ten calls, faster by the minute: what comes later is never among the slowest.
    for (const minute of minutes) {
      const list = Array.from({ length: 10 }, (_, us) =>
        exemplar(minute * 1_000 + us, NOW - minute * 60_000),
      );
      board.add("meta", list, NOW);
    }
    for (const minute of minutes) {
      board.advance(NOW + (9 - minute) * 60_000 + 60_000);
      const slowest = [9, 8, 7, 6, 5].map((us) => minute * 1_000 + us);
      expect(durationsOf(board.slowest(EVENTS))).toEqual(slowest);
    }
    board.advance(NOW + EXEMPLAR_LIFE_MS + 1);
    expect(board.slowest(EVENTS)).toEqual([]);
  });
});

test("both lists are the same ones until something of the series changes", () => {
  const board = new ExemplarBoard();
  board.add("meta", [exemplar(5)], NOW);
  const newest = board.newest(EVENTS);
  const slowest = board.slowest(EVENTS);
  board.advance(NOW + 1_000);
  board.add("google", [exemplar(5)], NOW);
  expect(board.newest(EVENTS)).toBe(newest);
  expect(board.slowest(EVENTS)).toBe(slowest);
  board.add("meta", [exemplar(6, NOW + 1)], NOW);
  expect(board.newest(EVENTS)).not.toBe(newest);
  expect(board.slowest(EVENTS)).not.toBe(slowest);
});

test("what is taken is numbered, and what is not gets no number", () => {
  const board = new ExemplarBoard();
  expect(board.lastNumber).toBe(0);
  const old = exemplar(5, NOW - EXEMPLAR_LIFE_MS - 1);
  board.add("meta", [exemplar(5_000), old, exemplar(5, NOW - 9, "lookup")], NOW);
  expect(board.newest(WHOLE).map(({ number }) => number)).toEqual([1, 2]);
  board.add("google", [exemplar(5)], NOW);
  board.add("meta", [old], NOW);
  expect(board.lastNumber).toBe(3);
  board.add("meta", [exemplar(5, NOW - 300_000)], NOW);
  const numbers = board.slowest(WHOLE).map(({ number }) => number);
  expect(numbers).toEqual([1, 2, 4]);
});

describe("time", () => {
  test("after ten minutes it is gone, and not before", () => {
    const board = new ExemplarBoard();
    board.add("meta", [exemplar(5)], NOW);
    board.advance(NOW + EXEMPLAR_LIFE_MS);
    expect(board.count).toBe(2);
    board.advance(NOW + EXEMPLAR_LIFE_MS + 1);
    expect(board.count).toBe(0);
    expect(board.newest(WHOLE)).toEqual([]);
    expect(board.slowest(WHOLE)).toEqual([]);
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
    expect(board.newest(WHOLE)).toMatchObject([{ durationUs: 5_000 }]);
    board.add("meta", [exemplar(6, NOW - 61_000)], NOW - 60_000);
    expect(durationsOf(board.newest(WHOLE))).toEqual([6, 5_000]);
    expect(durationsOf(board.slowest(WHOLE))).toEqual([5_000, 6]);
  });
});

type Taken = OperationExemplar & { readonly target: string; readonly number: number };

const add = fc.record({
  kind: fc.constant("add" as const),
  target: fc.constantFrom("meta", "google"),
  calls: fc.array(
    fc.record({
      operation: fc.constantFrom("a", "b"),
      durationUs: fc.oneof(
        fc.nat(20),
        fc.nat(100_000_000),
        fc.constantFrom(...CLASSIC_BOUNDS_US.flatMap((boundUs) => [boundUs, boundUs + 1])),
      ),
      agoMs: fc.oneof(
        fc.integer({ min: -60_000, max: 300_000 }),
        fc.integer({ min: -60_000, max: EXEMPLAR_LIFE_MS + 60_000 }),
      ),
    }),
    { maxLength: 12, size: "max" },
  ),
});

function stepsOf(earliestMs: number) {
  const advance = fc.record({
    kind: fc.constant("advance" as const),
    byMs: fc.oneof(
      fc.integer({ min: Math.max(earliestMs, -2_000), max: 60_000 }),
      fc.integer({ min: earliestMs, max: 400_000 }),
    ),
  });
  return fc.array(fc.oneof({ weight: 3, arbitrary: add }, advance), { maxLength: 40, size: "max" });
}

type Step = ReturnType<typeof stepsOf> extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

/** A board, and a plain list of all that it was given that is neither too old nor of the future. */
class Compared {
  readonly board = new ExemplarBoard();
  #all: readonly Taken[] = [];
  #given = 0;
  nowMs = NOW;

  take(step: Step): void {
    if (step.kind === "advance") {
      this.nowMs += step.byMs;
      this.board.advance(this.nowMs);
    } else {
      const { target, calls } = step;
      const given = calls.map(({ operation, durationUs, agoMs }): Taken => {
        this.#given += 1;
        const one = exemplar(durationUs, this.nowMs - agoMs, operation);
        return { ...one, target, number: this.#given, traceId: String(this.#given) };
      });
      this.board.add(target, given, this.nowMs);
      this.#all = [...this.#all, ...given];
    }
    this.#all = this.#all.filter(
      ({ at }) => at >= this.nowMs - EXEMPLAR_LIFE_MS && at <= this.nowMs + MAX_AHEAD_MS,
    );
  }

  /** What is there of a series, the slowest first. */
  ranked({ target, operation }: typeof EVENTS): readonly Taken[] {
    const own = this.#all.filter(
      (one) => one.target === target && (operation === "*" || one.operation === operation),
    );
    return own.toSorted(
      (one, other) =>
        other.durationUs - one.durationUs || other.at - one.at || other.number - one.number,
    );
  }
}

const NAMES = ["meta", "google"].flatMap((target) =>
  ["a", "b", "*"].map((operation) => ({ target, operation })),
);

function idsOf(list: readonly { readonly traceId: string }[]): readonly string[] {
  return list.map(({ traceId }) => traceId);
}

/** Of each bucket the newest, the newest first; of one time the one that came later. */
function newestOf(list: readonly Taken[]): readonly Taken[] {
  const sorted = list.toSorted((one, other) => other.at - one.at || other.number - one.number);
  const buckets = sorted.map(({ durationUs }) => bucketOf(durationUs));
  return sorted.filter((_, index) => buckets.indexOf(buckets[index] ?? -1) === index);
}

test("it has the newest of each bucket, and the slowest of all slots that have not begun to end", () => {
  fc.assert(
    fc.property(stepsOf(0), (steps) => {
      const compared = new Compared();
      const { board } = compared;
      for (const step of steps) {
        compared.take(step);
        const endingMs = compared.nowMs - EXEMPLAR_LIFE_MS;
        const wholeFrom = Math.ceil(endingMs / EXEMPLAR_SLOT_MS) * EXEMPLAR_SLOT_MS;
        const isOfWholeSlot = ({ at }: Taken): boolean => at >= wholeFrom;
        for (const name of NAMES) {
          const ranked = compared.ranked(name);
          expect(idsOf(board.newest(name))).toEqual(idsOf(newestOf(ranked)));
          const shown = idsOf(board.slowest(name));
          expect(shown).toEqual(idsOf(ranked).filter((id) => shown.includes(id)));
          const slowest = ranked.slice(0, SHOWN_EXEMPLARS);
          expect(shown).toEqual(expect.arrayContaining([...idsOf(slowest.filter(isOfWholeSlot))]));
          const sure = ranked.filter(isOfWholeSlot).length;
          expect(shown.length).toBeGreaterThanOrEqual(Math.min(sure, SHOWN_EXEMPLARS));
        }
      }
    }),
    { seed: seedOf("exemplar board", process.env["SEED"]), numRuns: 100 },
  );
});

test("when the clock goes back it shows nothing else, in order, and at most one a bucket", () => {
  fc.assert(
    fc.property(stepsOf(-400_000), (steps) => {
      const compared = new Compared();
      const { board } = compared;
      for (const step of steps) {
        compared.take(step);
        let count = 0;
        for (const name of NAMES) {
          const ranked = compared.ranked(name);
          const newest = idsOf(board.newest(name));
          const shown = idsOf(board.slowest(name));
          const listed = ranked.filter(({ traceId }) => newest.includes(traceId));
          expect(newest).toEqual(idsOf(newestOf(listed)));
          expect(shown).toEqual(idsOf(ranked).filter((id) => shown.includes(id)));
          expect(shown.length).toBeLessThanOrEqual(SHOWN_EXEMPLARS);
          count += Math.min(ranked.length, MOST_OF_SERIES);
        }
        expect(board.count).toBeLessThanOrEqual(count);
      }
    }),
    { seed: seedOf("exemplar board, clock back", process.env["SEED"]), numRuns: 100 },
  );
});

test("a series has no more than its share, even if each call is faster than the one before", () => {
  const board = new ExemplarBoard();
  let durationUs = 100_000_000;
  for (let ago = EXEMPLAR_LIFE_MS; ago >= -MAX_AHEAD_MS; ago -= 2_000) {
    durationUs -= 200_000;
    board.add("meta", [exemplar(durationUs, NOW - ago)], NOW);
    expect(board.count).toBeLessThanOrEqual(2 * MOST_OF_SERIES);
  }
  expect(board.count).toBeGreaterThan(MOST_OF_SERIES);
});

test("it never holds more than it may, and gives up the series that was silent for longest", () => {
  const most = 2 * MOST_OF_SERIES;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(400), fc.nat(100_000_000)), {
        minLength: 200,
        maxLength: 400,
        size: "max",
      }),
      (offers) => {
        const board = new ExemplarBoard(most);
        for (const [number, durationUs] of offers) {
          board.add(`t${number}`, [exemplar(durationUs)], NOW);
          expect(board.count).toBeLessThanOrEqual(most);
          // Who has just been heard of is there.
          const newest = board.newest({ target: `t${number}`, operation: "*" });
          expect(newest.map((one) => one.durationUs)).toContain(durationUs);
        }
      },
    ),
    { seed: seedOf("exemplar board's limit", process.env["SEED"]), numRuns: 25 },
  );
});

test("a series that has heard of one again is no longer the first to go", () => {
  const board = new ExemplarBoard(24);
  const isThere = (target: string): boolean => board.newest({ target, operation: "*" }).length > 0;
  // Two series each: its operation and the whole of it.
  const targets = Array.from({ length: 12 }, (_, number) => `t${number}`);
  for (const target of targets) board.add(target, [exemplar(5)], NOW);
  expect(targets.filter(isThere)).toEqual(targets);
  board.add("t0", [exemplar(6)], NOW);
  board.add("t12", [exemplar(5)], NOW);
  expect(targets.filter((target) => !isThere(target))).toEqual(["t1"]);
  expect(board.count).toBe(24);
});
