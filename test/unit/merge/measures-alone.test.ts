import fc from "fast-check";
import { expect, it } from "vitest";
import { measureStats } from "../../../src/merge/measure-stats.ts";
import { ShardState } from "../../../src/merge/shard-state.ts";
import { decodeSlotList, sumSlots } from "../../../src/merge/slot-list.ts";
import { HOUR_MS, MINUTE_MS, startOf, STEPS_MS } from "../../../src/merge/slot-time.ts";
import { TenantState } from "../../../src/merge/tenant-state.ts";
import { windowStats } from "../../../src/merge/window-stats.ts";
import type { ShardReport } from "../../../src/wire/shard-rpc.ts";
import { columnsOf } from "../../support/columns.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";
import { MemoryTenantStore } from "../../support/memory-tenant-store.ts";
import { seedOf } from "../../support/seeded.ts";

const BEGIN = Date.UTC(2026, 10, 20, 22, 40, 2);
const SHARD = "acme/d1.orders#0";
const OPERATIONS = ["get", "list"] as const;

type Step =
  | { readonly do: "measure"; readonly operation: 0 | 1; readonly rows: number }
  | { readonly do: "timing"; readonly operation: 0 | 1; readonly rows: number | undefined }
  | { readonly do: "wait"; readonly durationMs: number }
  | { readonly do: "collect" | "checkpoint" | "restart" | "evict" };

const operation = fc.constantFrom(0 as const, 1 as const);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("measure" as const),
      operation,
      rows: fc.integer({ min: 1, max: 999 }),
    }),
  },
  fc.record({
    do: fc.constant("timing" as const),
    operation,
    rows: fc.option(fc.nat(9), { nil: undefined }),
  }),
  fc.record({
    do: fc.constant("wait" as const),
    durationMs: fc.oneof(fc.nat(10_000), fc.nat(70 * MINUTE_MS)),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("collect" as const, "checkpoint", "restart", "evict"),
    }),
  },
);

interface Happened {
  readonly at: number;
  readonly operation: string;
  readonly rows: number | undefined;
  readonly isTiming: boolean;
}

/** One shard and its coordinator, both over storage that outlives them. */
class World {
  nowMs = BEGIN;
  readonly all: Happened[] = [];
  readonly #shardStore = new MemoryShardStore();
  readonly #store = new MemoryTenantStore();
  readonly #totals = [0, 0];
  #shard = new ShardState(this.#shardStore, 16);
  #tenant = new TenantState(this.#store, BEGIN);

  constructor() {
    this.#tenant.addShard(SHARD, "d1.orders", BEGIN);
    // Streams that have counted nothing yet: all that they count from now on is a gain.
    for (const [index, name] of OPERATIONS.entries()) this.#sendTotal(index, name);
  }

  run(action: Step): void {
    switch (action.do) {
      case "measure": {
        const name = OPERATIONS[action.operation];
        this.nowMs += 1;
        this.#totals[action.operation] = (this.#totals[action.operation] ?? 0) + action.rows;
        this.#sendTotal(action.operation, name);
        this.all.push({ at: this.nowMs, operation: name, rows: action.rows, isTiming: false });
        return;
      }
      case "timing":
        return this.#sendTiming(OPERATIONS[action.operation], action.rows);
      case "wait":
        // Streams are heard of often enough to be known.
        for (let rest = action.durationMs; rest > 0; rest -= 50 * MINUTE_MS) {
          this.nowMs += Math.min(rest, 50 * MINUTE_MS);
          for (const [index, name] of OPERATIONS.entries()) this.#sendTotal(index, name);
        }
        return;
      case "collect":
        return this.#collect();
      case "checkpoint":
        this.#collect();
        return this.#tenant.checkpoint(this.nowMs);
      case "restart":
        this.#tenant = new TenantState(this.#store, this.nowMs);
        return;
      case "evict":
        this.#shard = new ShardState(this.#shardStore, 16);
    }
  }

  check(): void {
    this.#collect();
    this.#checkWindows();
    this.#tenant.checkpoint(this.nowMs);
    this.#checkWindows();
    this.#tenant = new TenantState(this.#store, this.nowMs);
    this.#checkWindows();
    this.#checkStored();
    this.#checkTotals();
    const timings = this.all.filter(({ isTiming }) => isTiming).length;
    expect(this.#tenant.ledger()).toMatchObject({
      offered: timings,
      accepted: timings,
      merged: timings,
      isBalanced: true,
    });
  }

  #collect(): void {
    const shard = this.#tenant.shards.get(SHARD);
    if (shard === undefined) throw new Error("there is no shard");
    const { seen, durable } = shard;
    const request = { seen, durable, watched: false, dormant: false };
    const answer = this.#shard.collect(request, this.nowMs);
    expect(this.#tenant.merge(SHARD, answer, this.nowMs)).toBe(true);
    this.#tenant.advance(this.nowMs);
  }

  #checkWindows(): void {
    const lengths = [
      ["1m", MINUTE_MS, 5_000],
      ["5m", 5 * MINUTE_MS, 5_000],
      ["1h", HOUR_MS, MINUTE_MS],
    ] as const;
    for (const name of [...OPERATIONS, "*"]) {
      const series = this.#tenant.seriesState({ target: "d1.orders", operation: name });
      for (const [window, windowMs, slotMs] of lengths) {
        const end = startOf(this.nowMs, slotMs) + slotMs;
        const shown = series && windowStats(series.windows[window]);
        const { count, measures } = this.#expected(name, end - windowMs, end);
        expect([name, window, shown?.count ?? 0]).toEqual([name, window, count]);
        expect([name, window, shown?.measures ?? {}]).toEqual([name, window, measures]);
      }
    }
  }

  /** Every minute, hour and day that is stored, whose stretch is whole. */
  #checkStored(): void {
    for (const stepMs of STEPS_MS) {
      const starts = new Set(this.all.map(({ at }) => startOf(at, stepMs)));
      for (const at of starts) {
        for (const name of [...OPERATIONS, "*"]) {
          const body = this.#store.readSlot(stepMs, at, "d1.orders", name);
          const stored = body === undefined ? undefined : sumSlots(decodeSlotList(body));
          const { count, measures } = this.#expected(name, at, at + stepMs);
          expect([stored?.count ?? 0, measureStats(stored?.measures)]).toEqual([count, measures]);
        }
      }
    }
  }

  #checkTotals(): void {
    this.#collect();
    const shown = this.#tenant
      .totals()
      .map(({ name, count, measures }) => [name.operation, count, measureStats(measures)]);
    const used = OPERATIONS.filter((name) => this.all.some((one) => one.operation === name));
    const expected = used.map((name) => {
      const { count, measures } = this.#expected(name, 0, Infinity);
      return [name, count, measures];
    });
    expect(shown).toEqual(expected);
  }

  #expected(name: string, from: number, to: number) {
    const within = this.all.filter(
      (one) => (name === "*" || one.operation === name) && one.at >= from && one.at < to,
    );
    const rows = within.flatMap((one) => one.rows ?? []);
    const sum = rows.reduce((all, one) => all + one, 0);
    const count = rows.length;
    return {
      count: within.filter(({ isTiming }) => isTiming).length,
      measures: count === 0 ? {} : { rowsRead: { count, sum, mean: sum / count } },
    };
  }

  #sendTiming(name: string, rows: number | undefined): void {
    const measures = rows === undefined ? {} : { measures: { rowsRead: rows } };
    const timing = { operation: name, at: this.nowMs, durationUs: 1_000, outcome: 0, ...measures };
    this.#commit({ kind: "timings", columns: columnsOf([timing], this.nowMs) });
    this.all.push({ at: this.nowMs, operation: name, rows, isTiming: true });
  }

  #sendTotal(index: number, name: string): void {
    const total = {
      stream: String(index).padStart(32, "0"),
      operation: name,
      outcome: 0,
      startAt: BEGIN,
      at: this.nowMs,
      value: { kind: "measure" as const, code: 0, parts: this.#totals[index] ?? 0 },
    };
    this.#commit({ kind: "cumulative", totals: [total] });
  }

  #commit(content: ShardReport["content"]): void {
    const [verdict] = this.#shard.commit([{ content, givenUp: 0, refused: {} }], this.nowMs);
    expect(verdict).toMatchObject({ ok: true, rejected: {} });
  }
}

it("measures without timings are in every window, stretch and total, once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      const world = new World();
      for (const action of steps) world.run(action);
      world.check();
    }),
    { seed: seedOf("measures alone", process.env["SEED"]), numRuns: 150 },
  );
});
