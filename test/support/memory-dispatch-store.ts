import type {
  Batch,
  ChannelCounts,
  ChannelRecord,
  DispatcherMemory,
  DispatchStore,
  Fate,
  QueueItem,
  QueueState,
} from "../../src/dispatcher/dispatch-store.ts";
import type { NotificationState, NotificationView } from "../../src/wire/dispatcher-rpc.ts";

interface Row {
  readonly item: QueueItem;
  state: "queued" | "delivered" | "dead" | "dropped" | "superseded";
  batch: string | undefined;
  attempts: number;
  settledAt: number | null;
  lastError: string | null;
  isSpoiled: boolean;
}

/** A dispatcher's state in memory. It outlives the `TenantDispatcher` over it. */
export class MemoryDispatchStore implements DispatchStore {
  /** In the order in which they came. */
  readonly #rows = new Map<string, Row>();
  readonly #batches = new Map<string, Batch>();
  readonly #channels = new Map<string, ChannelRecord>();
  readonly #counts = new Map<string, ChannelCounts>();
  #memory: Partial<DispatcherMemory> = {};

  enqueue(items: readonly QueueItem[]): number {
    let added = 0;
    for (const item of items) {
      if (this.#rows.has(item.id)) continue;
      added += 1;
      this.#rows.set(item.id, {
        item: structuredClone(item),
        state: "queued",
        batch: undefined,
        attempts: 0,
        settledAt: null,
        lastError: null,
        isSpoiled: false,
      });
    }
    return added;
  }

  trim(channel: string, bound: number, fate: Fate): number {
    const waiting = this.#queued(channel).filter((row) => row.batch === undefined);
    const excess = Math.max(0, waiting.length - bound);
    const isRepeat = (row: Row): boolean => row.item.event === "repeat";
    const doomed = [
      ...waiting.filter((row) => isRepeat(row)),
      ...waiting.filter((row) => !isRepeat(row)),
    ].slice(0, excess);
    for (const row of doomed) end(row, "dropped", fate);
    this.#count(channel, "dropped", doomed.length);
    return doomed.length;
  }

  supersede(channel: string, subject: string, fate: Fate): number {
    const rows = this.#queued(channel).filter(({ item }) => item.subject === subject);
    const newest = rows.findLastIndex(({ item }) => item.event !== "firing");
    const doomed = rows.filter(
      ({ item, batch }, i) => i < newest && item.event === "repeat" && batch === undefined,
    );
    for (const row of doomed) end(row, "superseded", fate);
    this.#count(channel, "superseded", doomed.length);
    return doomed.length;
  }

  queues(): readonly QueueState[] {
    const channels = new Set([...this.#rows.values()].map(({ item }) => item.channel));
    return [...channels].toSorted().flatMap((channel) => {
      const rows = this.#queued(channel);
      if (rows.length === 0) return [];
      const oldestAt = Math.min(...rows.map(({ item }) => item.queuedAt));
      const ages = rows.map(
        ({ item, batch }) => this.#batches.get(`${channel} ${batch}`)?.newestAt ?? item.queuedAt,
      );
      return [{ channel, queued: rows.length, oldestAt, expiresFrom: Math.min(...ages) }];
    });
  }

  /** From now on an entry cannot be read. */
  spoil(id: string): void {
    const row = this.#rows.get(id);
    if (row !== undefined) row.isSpoiled = true;
  }

  candidates(channel: string, limit: number, atMs: number): readonly QueueItem[] {
    const next = this.#next(channel, limit);
    const items = this.#readable(next, atMs);
    return items.length === next.length ? items : this.candidates(channel, limit, atMs);
  }

  #next(channel: string, limit: number): Row[] {
    const subjects = new Set<string>();
    const found: Row[] = [];
    for (const row of this.#queued(channel)) {
      const { subject } = row.item;
      if (!subjects.has(subject) && row.batch === undefined) found.push(row);
      subjects.add(subject);
    }
    return found.slice(0, limit);
  }

  #readable(rows: readonly Row[], atMs: number): readonly QueueItem[] {
    for (const row of rows.filter(({ isSpoiled }) => isSpoiled)) {
      const { channel } = row.item;
      row.attempts = this.#batches.get(`${channel} ${row.batch}`)?.attempts ?? 0;
      end(row, "dead", { at: atMs, reason: "it cannot be read" });
      this.#count(channel, "dead", 1);
    }
    return structuredClone(rows.filter(({ isSpoiled }) => !isSpoiled).map(({ item }) => item));
  }

  form(channel: string, key: string, ids: readonly string[], atMs: number): Batch {
    const rows = ids.map((id) => this.#rows.get(id)).filter((row) => row !== undefined);
    const batch: Batch = {
      channel,
      key,
      createdAt: atMs,
      newestAt: Math.max(...rows.map(({ item }) => item.queuedAt)),
      attempts: 0,
      failures: 0,
      wait: { from: atMs, until: atMs },
      lastError: null,
    };
    for (const row of rows) row.batch = key;
    this.#batches.set(`${channel} ${key}`, batch);
    return batch;
  }

  batches(channel: string): readonly Batch[] {
    return [...this.#batches.values()].filter((batch) => batch.channel === channel);
  }

  itemsOf(channel: string, key: string, atMs: number): readonly QueueItem[] {
    return this.#readable(this.#inBatch(channel, key), atMs);
  }

  save(batch: Batch, record: ChannelRecord): void {
    const key = `${batch.channel} ${batch.key}`;
    if (this.#batches.has(key)) this.#batches.set(key, batch);
    this.saveChannel(record);
  }

  settle(
    batch: Batch,
    fate: {
      readonly state: "delivered" | "dead";
      readonly at: number;
      readonly reason: string | null;
    },
    record: ChannelRecord,
  ): void {
    this.saveChannel(record);
    const rows = this.#inBatch(batch.channel, batch.key);
    for (const row of rows) {
      end(row, fate.state, fate);
      row.attempts = batch.attempts;
    }
    this.#count(batch.channel, fate.state, rows.length);
    this.#batches.delete(`${batch.channel} ${batch.key}`);
  }

  expire(channel: string, before: number, fate: Fate, exceptKey: string | undefined): number {
    const old = this.batches(channel).filter(
      ({ key, newestAt }) => newestAt <= before && key !== exceptKey,
    );
    const keys = new Map(old.map((batch) => [batch.key, batch]));
    const doomed = this.#queued(channel).filter(({ batch, item }) =>
      batch === undefined ? item.queuedAt <= before : keys.has(batch),
    );
    for (const row of doomed) {
      row.attempts = keys.get(row.batch ?? "")?.attempts ?? 0;
      end(row, "dead", fate);
    }
    for (const key of keys.keys()) this.#batches.delete(`${channel} ${key}`);
    this.#count(channel, "dead", doomed.length);
    return doomed.length;
  }

  loadChannel(channel: string): ChannelRecord | undefined {
    return this.#channels.get(channel);
  }

  saveChannel(record: ChannelRecord): void {
    this.#channels.set(record.channel, record);
  }

  counts(channel: string): ChannelCounts {
    return this.#counts.get(channel) ?? { delivered: 0, dead: 0, dropped: 0, superseded: 0 };
  }

  list(state: NotificationState | undefined, limit: number): readonly NotificationView[] {
    const views = [...this.#rows.values()].map((row) => this.#view(row));
    return views
      .toReversed()
      .filter((view) => state === undefined || view.state === state)
      .slice(0, limit);
  }

  oldestSettledAt(): number | undefined {
    const times = [...this.#rows.values()]
      .filter(({ item }) => item.event !== "report")
      .flatMap(({ settledAt }) => settledAt ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  forget(before: number, reportsBefore: number, limit: number): number {
    const old = [...this.#rows].filter(
      ([, { item, settledAt }]) =>
        settledAt !== null && settledAt < (item.event === "report" ? reportsBefore : before),
    );
    for (const [id] of old.slice(0, limit)) this.#rows.delete(id);
    return Math.min(old.length, limit);
  }

  recall<Name extends keyof DispatcherMemory>(name: Name): DispatcherMemory[Name] | undefined {
    return structuredClone(this.#memory[name]);
  }

  remember<Name extends keyof DispatcherMemory>(
    name: Name,
    value: DispatcherMemory[Name] | undefined,
  ): void {
    this.#memory = { ...this.#memory, [name]: structuredClone(value) };
  }

  #queued(channel: string): Row[] {
    return [...this.#rows.values()].filter(
      ({ item, state }) => item.channel === channel && state === "queued",
    );
  }

  #inBatch(channel: string, key: string): Row[] {
    return this.#queued(channel).filter(({ batch }) => batch === key);
  }

  #count(channel: string, what: keyof ChannelCounts, more: number): void {
    const counts = this.counts(channel);
    this.#counts.set(channel, { ...counts, [what]: counts[what] + more });
  }

  #view({ item, state, batch: key, ...row }: Row): NotificationView {
    const { id, channel, subject, event, queuedAt } = item;
    const batch = this.#batches.get(`${channel} ${key}`);
    const heldUntil = this.#channels.get(channel)?.wait.until ?? 0;
    return {
      id,
      channel,
      alert: subject,
      event,
      state: state === "dropped" || state === "superseded" ? "dead" : state,
      attempts: batch?.attempts ?? row.attempts,
      queuedAt,
      nextAt: state === "queued" ? Math.max(heldUntil, batch?.wait.until ?? queuedAt) : null,
      deliveredAt: state === "delivered" ? row.settledAt : null,
      lastError: batch?.lastError ?? row.lastError,
    };
  }
}

function end(
  row: Row,
  state: "delivered" | "dead" | "dropped" | "superseded",
  fate: { readonly at: number; readonly reason: string | null },
): void {
  row.state = state;
  row.settledAt = fate.at;
  row.lastError = fate.reason;
}
