import type { Alert } from "../../src/alerts/alert.ts";
import {
  ALERT_STORE_BOUNDS,
  type AlertCommit,
  type AlertLosses,
  type AlertStore,
  type AlertStoreBounds,
  type QueuedRecord,
  type StoredAlerts,
} from "../../src/alerts/alert-store.ts";
import {
  type ArchiveRecord,
  type AuditEntry,
  recordKey,
  recordTimes,
} from "../../src/alerts/archive.ts";
import type { Silence } from "../../src/alerts/silence.ts";
import type { Notification } from "../../src/notify/notice.ts";

/** A coordinator's alerts in memory. It outlives what works on it. */
export class MemoryAlertStore implements AlertStore {
  readonly #bounds: AlertStoreBounds;
  readonly #alerts = new Map<string, Alert>();
  readonly #silences = new Map<string, Silence>();
  readonly #outgoing = new Map<string, Notification>();
  readonly #records = new Map<string, QueuedRecord>();
  #nextNumber = 1;
  #nextVersion = 1;
  #failures = 0;
  #dropped = { notifications: 0, records: 0 };

  constructor(bounds: AlertStoreBounds = ALERT_STORE_BOUNDS) {
    this.#bounds = bounds;
  }

  /** Lets the next `count` commits throw. */
  failCommits(count: number): void {
    this.#failures = count;
  }

  /** Undoes what was committed in `run` if that throws, as a transaction around it does. */
  atomically<Result>(run: () => Result): Result {
    const maps = [this.#alerts, this.#silences, this.#outgoing, this.#records] as const;
    const before = maps.map((map) => new Map<string, unknown>(map));
    const nextNumber = this.#nextNumber;
    try {
      return run();
    } catch (cause) {
      this.#nextNumber = nextNumber;
      for (const [i, map] of maps.entries()) {
        map.clear();
        for (const [key, value] of before[i] ?? []) (map as Map<string, unknown>).set(key, value);
      }
      throw cause;
    }
  }

  get losses(): AlertLosses {
    return { ...this.#dropped, unreadable: 0 };
  }

  load(): StoredAlerts {
    return structuredClone({
      alerts: sorted(this.#alerts),
      nextNumber: this.#nextNumber,
      silences: sorted(this.#silences),
    });
  }

  commit(commit: AlertCommit): void {
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new Error("the disk is full");
    }
    const change = structuredClone(commit);
    this.#nextNumber = change.nextNumber ?? this.#nextNumber;
    for (const alert of change.put ?? []) this.#alerts.set(alert.id, alert);
    for (const id of change.remove ?? []) this.#alerts.delete(id);
    for (const silence of change.putSilences ?? []) this.#silences.set(silence.id, silence);
    for (const id of change.removeSilences ?? []) this.#silences.delete(id);
    for (const one of change.notifications ?? []) {
      if (!this.#outgoing.has(one.id)) this.#outgoing.set(one.id, one);
    }
    for (const record of change.records ?? []) {
      this.#records.set(recordKey(record), { record, version: this.#nextVersion });
      this.#nextVersion += 1;
    }
    this.#trim();
  }

  outgoing(limit: number): readonly Notification[] {
    return structuredClone([...this.#outgoing.values()].slice(0, limit));
  }

  outgoingCount(): number {
    return this.#outgoing.size;
  }

  settleOutgoing(ids: readonly string[]): void {
    for (const id of ids) this.#outgoing.delete(id);
  }

  queuedRecords(limit: number): readonly QueuedRecord[] {
    return structuredClone([...this.#records.values()].slice(0, limit));
  }

  queuedRecordCount(): number {
    return this.#records.size;
  }

  queuedAlerts(from: number, to: number, limit: number): readonly Alert[] {
    const touching = this.#newest().flatMap((record) => {
      const { at, endedAt } = recordTimes(record);
      const isIn = at < to && (endedAt ?? Infinity) >= from;
      return record.kind === "alert" && isIn ? [record.alert] : [];
    });
    return touching.slice(0, limit);
  }

  queuedAudit(from: number, to: number, limit: number): readonly AuditEntry[] {
    const made = this.#newest().flatMap((record) =>
      record.kind === "audit" && record.entry.at >= from && record.entry.at < to
        ? [record.entry]
        : [],
    );
    return made.slice(0, limit);
  }

  settleRecords(records: readonly QueuedRecord[]): void {
    for (const { record, version } of records) {
      const key = recordKey(record);
      if (this.#records.get(key)?.version === version) this.#records.delete(key);
    }
  }

  #newest(): ArchiveRecord[] {
    return structuredClone([...this.#records.values()].map(({ record }) => record))
      .toReversed()
      .toSorted((one, other) => recordTimes(other).at - recordTimes(one).at);
  }

  #trim(): void {
    const isRepeat = (id: string): boolean => this.#outgoing.get(id)?.notice.event === "repeat";
    const ids = [...this.#outgoing.keys()];
    const order = [...ids.filter(isRepeat), ...ids.filter((id) => !isRepeat(id))];
    for (const id of order.slice(0, Math.max(ids.length - this.#bounds.outgoing, 0))) {
      this.#outgoing.delete(id);
      this.#dropped.notifications += 1;
    }
    const keys = [...this.#records.keys()];
    for (const key of keys.slice(0, Math.max(keys.length - this.#bounds.records, 0))) {
      this.#records.delete(key);
      this.#dropped.records += 1;
    }
  }
}

function sorted<Value>(values: ReadonlyMap<string, Value>): Value[] {
  return [...values].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
}
