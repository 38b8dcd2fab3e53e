import type { RollupSink } from "../../src/coordinator/ports.ts";
import type { Aggregate } from "../../src/histogram/aggregate.ts";
import type { RollupRow } from "../../src/merge/history.ts";
import type { SeriesName } from "../../src/merge/series-name.ts";
import { decodeSlotList, sumSlots } from "../../src/merge/slot-list.ts";
import type { StepMs, StoredSlot } from "../../src/merge/tenant-store.ts";

/** What becomes of a write that fails: nothing of it, all of it, or all of it some time later. */
export type SinkFailure = "refuse" | "write_and_fail" | "write_late";

interface Row extends RollupRow, SeriesName {}

/** History in memory, with the same rule as D1's: a row never replaces one that counts more. */
export class MemoryRollupSink implements RollupSink {
  readonly #rows = new Map<string, Row>();
  #failures: SinkFailure[] = [];
  #late: (readonly StoredSlot[])[] = [];
  writes = 0;

  /** The next writes fail, one in each of these ways. */
  fail(failures: readonly SinkFailure[]): void {
    this.#failures = [...failures];
  }

  get isFailing(): boolean {
    return this.#failures.length > 0;
  }

  /** Writes that were given up as failed arrive after all, after newer ones. */
  deliverLate(): void {
    for (const rows of this.#late) this.#put(rows);
    this.#late = [];
  }

  async write(rows: readonly StoredSlot[]): Promise<void> {
    await Promise.resolve();
    const failure = this.#failures.shift();
    if (failure === "write_late") this.#late.push(structuredClone(rows));
    if (failure === undefined || failure === "write_and_fail") this.#put(rows);
    if (failure !== undefined) throw new Error("D1_ERROR: network connection lost");
    this.writes += 1;
  }

  async deleteBefore(
    stepMs: StepMs,
    before: number,
    series: readonly SeriesName[],
  ): Promise<number> {
    await Promise.resolve();
    let deleted = 0;
    for (const [key, row] of this.#rows) {
      const isWanted = series.some(
        ({ target, operation }) => row.target === target && row.operation === operation,
      );
      if (!isWanted || row.stepMs !== stepMs || row.at >= before) continue;
      this.#rows.delete(key);
      deleted += 1;
    }
    return deleted;
  }

  async listSeries(stepMs: StepMs): Promise<readonly SeriesName[]> {
    await Promise.resolve();
    const series = new Map<string, SeriesName>();
    for (const { target, operation, stepMs: length } of this.#rows.values()) {
      if (length === stepMs) series.set(`${target}/${operation}`, { target, operation });
    }
    return [...series.values()];
  }

  /** Rows of a series, as a query reads them. */
  read({ target, operation }: SeriesName): RollupRow[] {
    return [...this.#rows.values()].filter(
      (row) => row.target === target && row.operation === operation,
    );
  }

  all(): readonly Row[] {
    return [...this.#rows.values()];
  }

  #put(rows: readonly StoredSlot[]): void {
    for (const { stepMs, at, target, operation, part, body } of rows) {
      const aggregate: Aggregate = sumSlots(decodeSlotList(body));
      const key = [stepMs, at, target, operation, part].join("/");
      const before = this.#rows.get(key)?.aggregate;
      if (before !== undefined && isNewer(before, aggregate)) continue;
      this.#rows.set(key, { stepMs, at, target, operation, part, aggregate });
    }
  }
}

/** Whether one version of a row counts more than another, or as many and more values beside them. */
function isNewer(one: Aggregate, other: Aggregate): boolean {
  return one.count > other.count || (one.count === other.count && values(one) > values(other));
}

function values({ measures }: Aggregate): number {
  let sum = 0;
  for (const { count } of measures?.values() ?? []) sum += count;
  return sum;
}
