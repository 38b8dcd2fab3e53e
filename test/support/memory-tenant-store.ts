import type {
  Checkpoint,
  FoldDay,
  OutboxEntry,
  StepMs,
  StoredShard,
  StoredSlot,
  StoredTenant,
  StoredTotal,
  TenantStore,
} from "../../src/merge/tenant-store.ts";
import type { FirstSeen, StoredMinute } from "../../src/merge/minute-counts.ts";
import { seriesKey } from "../../src/merge/series-name.ts";
import { DAY_MS, MINUTE_MS } from "../../src/merge/slot-time.ts";
import { WHOLE_TARGET } from "../../src/names.ts";

/** A coordinator's state in memory. It outlives the `TenantState` over it. */
export class MemoryTenantStore implements TenantStore {
  #tenant: StoredTenant | undefined;
  readonly #shards = new Map<string, StoredShard>();
  readonly #slots = new Map<string, StoredSlot>();
  readonly #outbox = new Map<string, OutboxEntry>();
  readonly #minutes = new Map<number, StoredMinute>();
  readonly #firstSeen = new Map<string, FirstSeen>();
  readonly #forgotten = new Map<StepMs, number>();
  readonly #totals = new Map<string, StoredTotal>();
  #failures = 0;
  #totalFailures = 0;

  /** Lets the next `count` commits throw. */
  failCommits(count: number): void {
    this.#failures = count;
  }

  /** Lets the next `count` calls throw that store since when new series count. */
  failTotals(count: number): void {
    this.#totalFailures = count;
  }

  loadTenant(): StoredTenant | undefined {
    return this.#tenant && structuredClone(this.#tenant);
  }

  loadShards(): readonly StoredShard[] {
    return structuredClone([...this.#shards.values()]);
  }

  addShard(shard: StoredShard): void {
    if (!this.#shards.has(shard.name)) this.#shards.set(shard.name, structuredClone(shard));
  }

  seriesSince(from: number): readonly { target: string; operation: string }[] {
    const series = new Map<string, { target: string; operation: string }>();
    for (const { stepMs, at, target, operation } of this.#slots.values()) {
      if (stepMs === MINUTE_MS && at >= from)
        series.set(`${target}/${operation}`, { target, operation });
    }
    return [...series.values()];
  }

  readSlot(stepMs: StepMs, at: number, target: string, operation: string): Uint8Array | undefined {
    return this.#slots.get(slotKey({ stepMs, at, target, operation, part: 0 }))?.body.slice();
  }

  commit(checkpoint: Checkpoint): void {
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new Error("the disk is full");
    }
    const { tenant, shards, slots, outbox, minutes, firstSeen } = structuredClone(checkpoint);
    this.#tenant = tenant;
    for (const shard of shards) this.#shards.set(shard.name, shard);
    for (const slot of slots) this.#slots.set(slotKey(slot), slot);
    for (const minute of minutes) this.#minutes.set(minute.at, minute);
    for (const seen of firstSeen) {
      if (!this.#firstSeen.has(seen.target)) this.#firstSeen.set(seen.target, seen);
    }
    for (const entry of outbox) {
      const key = `${entry.stepMs}/${entry.at}`;
      const known = this.#outbox.get(key);
      this.#outbox.set(
        key,
        known === undefined ? { ...entry, version: 1 } : { ...known, version: known.version + 1 },
      );
    }
  }

  loadMinutes(from: number): readonly StoredMinute[] {
    const minutes = [...this.#minutes.values()].filter(({ at }) => at >= from);
    return structuredClone(minutes.toSorted((one, other) => one.at - other.at));
  }

  loadFirstSeen(): readonly FirstSeen[] {
    return structuredClone([...this.#firstSeen.values()]);
  }

  forgetMinutes(before: number): void {
    for (const at of this.#minutes.keys()) if (at < before) this.#minutes.delete(at);
  }

  dueEntries(nowMs: number, limit: number): readonly OutboxEntry[] {
    return [...this.#outbox.values()]
      .filter(({ dueAt }) => dueAt <= nowMs)
      .toSorted((left, right) => left.dueAt - right.dueAt)
      .slice(0, limit);
  }

  nextDueAt(): number | undefined {
    const due = [...this.#outbox.values()].map(({ dueAt }) => dueAt);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  backlog(nowMs: number): { readonly count: number; readonly oldestAt: number | null } {
    const due = [...this.#outbox.values()].filter(({ dueAt }) => dueAt <= nowMs);
    return {
      count: due.length,
      oldestAt: due.length === 0 ? null : Math.min(...due.map(({ at }) => at)),
    };
  }

  slotsAt(stepMs: StepMs, at: number): readonly StoredSlot[] {
    return structuredClone(
      [...this.#slots.values()].filter((slot) => slot.stepMs === stepMs && slot.at === at),
    );
  }

  settle({ stepMs, at, version }: OutboxEntry): void {
    const key = `${stepMs}/${at}`;
    if (this.#outbox.get(key)?.version === version) this.#outbox.delete(key);
  }

  dropEntries(stepMs: StepMs, before: number): number {
    const dropped = [...this.#outbox].filter(
      ([, entry]) => entry.stepMs === stepMs && entry.at < before,
    );
    for (const [key] of dropped) this.#outbox.delete(key);
    return dropped.length;
  }

  unsettled(target: string, operation: string, from: number, to: number): readonly StoredSlot[] {
    const rows = [...this.#slots.values()].filter(
      (slot) =>
        slot.target === target &&
        slot.operation === operation &&
        slot.at < to &&
        slot.at + slot.stepMs > from &&
        this.#outbox.has(`${slot.stepMs}/${slot.at}`),
    );
    return structuredClone(rows);
  }

  unsettledOf(operation: string, stepMs: StepMs, from: number, to: number): readonly StoredSlot[] {
    const rows = [...this.#slots.values()].filter(
      (slot) =>
        slot.operation === operation &&
        slot.stepMs === stepMs &&
        slot.at >= from &&
        slot.at < to &&
        this.#outbox.has(`${slot.stepMs}/${slot.at}`),
    );
    return structuredClone(rows);
  }

  forget(stepMs: StepMs, before: number): void {
    if (before <= this.forgottenBefore(stepMs)) return;
    for (const slot of this.#going(stepMs, before)) this.#slots.delete(slotKey(slot));
    this.#forgotten.set(stepMs, before);
  }

  foldDays(before: number, fold: FoldDay, limit: number): void {
    if (before < this.forgottenBefore(DAY_MS)) return;
    const going = this.#going(DAY_MS, before);
    const whole = going.filter(({ operation }) => operation === WHOLE_TARGET);
    const single = going.filter(({ operation }) => operation !== WHOLE_TARGET).slice(0, limit);
    const totals = new Map(this.#totals);
    const folded = single.filter((slot) => foldInto(totals, slot, fold));
    for (const slot of [...whole, ...folded]) this.#slots.delete(slotKey(slot));
    for (const [key, total] of totals) this.#totals.set(key, total);
    this.#forgotten.set(DAY_MS, before);
  }

  /** What is forgotten before a time and does not wait for D1, in the order of its time. */
  #going(stepMs: StepMs, before: number): StoredSlot[] {
    return [...this.#slots.values()]
      .filter(
        (slot) =>
          slot.stepMs === stepMs && slot.at < before && !this.#outbox.has(`${stepMs}/${slot.at}`),
      )
      .toSorted((one, other) => one.at - other.at || one.part - other.part);
  }

  loadSeriesSince(): Iterable<Omit<StoredTotal, "folded">> {
    return [...this.#totals.values()].map(({ target, operation, createdAt }) => {
      return { target, operation, createdAt };
    });
  }

  loadTotals(): Iterable<StoredTotal> {
    return structuredClone([...this.#totals.values()]);
  }

  addTotals(series: readonly Omit<StoredTotal, "folded">[]): void {
    if (this.#totalFailures > 0) {
      this.#totalFailures -= 1;
      throw new Error("the disk is full");
    }
    for (const { target, operation, createdAt } of series) {
      const key = seriesKey({ target, operation });
      if (this.#totals.has(key)) continue;
      this.#totals.set(key, { target, operation, createdAt, folded: undefined });
    }
  }

  eachSlot(stepMs: StepMs): Iterable<StoredSlot> {
    return structuredClone([...this.#slots.values()].filter((slot) => slot.stepMs === stepMs));
  }

  forgottenBefore(stepMs: StepMs): number {
    return this.#forgotten.get(stepMs) ?? 0;
  }
}

function slotKey(slot: Omit<StoredSlot, "body">): string {
  return [slot.stepMs, slot.at, slot.target, slot.operation, slot.part].join("/");
}

/** @returns whether it could be. */
function foldInto(
  totals: Map<string, StoredTotal>,
  { target, operation, at, body }: StoredSlot,
  fold: FoldDay,
): boolean {
  const key = seriesKey({ target, operation });
  const known = totals.get(key) ?? { target, operation, createdAt: at, folded: undefined };
  const folded = fold(known.folded, body);
  if (folded === undefined) return false;
  totals.set(key, { ...known, folded });
  return true;
}
