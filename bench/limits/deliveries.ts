import type { EventLogView } from "../../examples/platforms/event-log.ts";
import type { Promised } from "./offer-events.ts";

/** How what arrived at a platform compares with what was offered and promised. */
export interface Deliveries {
  /** Events that arrived, each counted once. */
  readonly delivered: number;
  readonly missing: number;
  /** Arrivals beyond the first of an event, and of events that nobody offered. */
  readonly surplus: number;
  /** Events that arrived before the time that their job said. */
  readonly early: number;
  /** How long after that time they arrived, of those that had one. */
  readonly lateMs: readonly number[];
  /** When the last one arrived, epoch milliseconds; −Infinity if none did. */
  readonly lastAt: number;
}

/** @param promised only those of the platform; of several about one event the latest time counts. */
export function compareDeliveries(
  offered: readonly string[],
  promised: readonly Promised[],
  log: EventLogView,
): Deliveries {
  const arrivedAt = new Map<string, number>();
  let surplus = log.dropped;
  const known = new Set(offered);
  for (const { id, at } of log.events) {
    if (id === null || !known.has(id) || arrivedAt.has(id)) surplus += 1;
    else arrivedAt.set(id, at);
  }
  const times = new Map<string, number>();
  for (const { id, deferredUntil } of promised) {
    times.set(id, Math.max(times.get(id) ?? -Infinity, deferredUntil));
  }
  const lateMs = [...times].flatMap(([id, until]) => {
    const at = arrivedAt.get(id);
    return at === undefined ? [] : [at - until];
  });
  return {
    delivered: arrivedAt.size,
    missing: known.size - arrivedAt.size,
    surplus,
    early: lateMs.filter((ms) => ms < 0).length,
    lateMs,
    lastAt: [...arrivedAt.values()].reduce((last, at) => Math.max(last, at), -Infinity),
  };
}
