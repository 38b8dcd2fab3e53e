import type { LimitView } from "../../wire/permits.ts";
import type { MetricFamily, NumberFamily, NumberSample } from "../metric-family.ts";

interface LimitFamily extends Omit<NumberFamily, "samples"> {
  /** Null for what there is no sample of. */
  readonly valueOf: (view: LimitView) => number | null;
}

const LIMIT_FAMILIES: readonly LimitFamily[] = [
  {
    name: "tachograph_limit_capacity_permits",
    help: "Most permits that the bucket of a target's limit holds.",
    type: "gauge",
    valueOf: ({ capacity }) => capacity,
  },
  {
    name: "tachograph_limit_refill_permits_per_second",
    help: "How fast the bucket is refilled at present, slowed by what the platform said.",
    type: "gauge",
    valueOf: ({ refillPerMinute, refillRate }) => (refillPerMinute * refillRate) / 60,
  },
  {
    name: "tachograph_limit_available_permits",
    help: "Whole permits that a newcomer could have now.",
    type: "gauge",
    valueOf: ({ available }) => available,
  },
  {
    name: "tachograph_limit_outstanding_permits",
    help: "Permits that are leased and neither settled nor expired.",
    type: "gauge",
    valueOf: ({ outstanding }) => outstanding,
  },
  {
    name: "tachograph_limit_blocked",
    help: "1 while nobody gets permits because the platform asked to wait, else 0.",
    type: "gauge",
    valueOf: ({ blockedUntil }) => Number(blockedUntil !== null),
  },
  {
    name: "tachograph_limit_blocked_until_timestamp_seconds",
    help: "Until when the platform asked to wait; absent while it did not.",
    type: "gauge",
    unit: "seconds",
    valueOf: ({ blockedUntil }) => (blockedUntil === null ? null : blockedUntil / 1_000),
  },
  {
    name: "tachograph_permits_granted",
    help: "Permits that were granted.",
    type: "counter",
    valueOf: ({ granted }) => granted,
  },
  {
    name: "tachograph_permits_denied",
    help: "Permits that were denied, also those that holders denied by themselves.",
    type: "counter",
    valueOf: ({ denied }) => denied,
  },
];

/**
 * Permits of the targets that have a limit. Nobody knows since when a bucket counts: the first
 * permits are granted before its shard is known here. So no created time is told.
 * @param untoldTargets have no counters: see `MetricsSource`.
 */
export function* limitFamilies(
  limits: readonly LimitView[],
  untoldTargets: ReadonlySet<string>,
): Generator<MetricFamily> {
  const told = limits.filter(({ target }) => !untoldTargets.has(target));
  for (const { valueOf, ...head } of LIMIT_FAMILIES) {
    yield { ...head, samples: samplesOf(head.type === "counter" ? told : limits, valueOf) };
  }
}

function samplesOf(limits: readonly LimitView[], valueOf: LimitFamily["valueOf"]): NumberSample[] {
  return limits.flatMap((view) => {
    const value = valueOf(view);
    return value === null ? [] : [{ labels: [["target", view.target]], value }];
  });
}
