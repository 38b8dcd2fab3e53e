import type { TargetKind } from "../target-kind.ts";

/** Whether a target of this kind counts for the pillar of latency: what users and platforms feel. */
export function countsForLatency(kind: TargetKind): boolean {
  return kind === "worker" || kind === "platform";
}

/** Whether a target of this kind counts for the pillar of errors: a probe that fails is no call. */
export function countsForErrors(kind: TargetKind): boolean {
  return kind !== "probe";
}

/** The targets whose timings are a tenant's events. */
export interface Events<Target> {
  /** Their kind, or `all` of them but probes. */
  readonly of: "worker" | "platform" | "all";
  readonly targets: readonly Target[];
}

/**
 * What counts as an event: a timing of a worker if the tenant has any, as one event is one request
 * that comes in; else one of a platform; else one of anything but a probe, which runs by the clock.
 * @param targets those with timings within the day.
 */
export function eventsOf<Target extends { readonly kind: TargetKind }>(
  targets: readonly Target[],
): Events<Target> {
  for (const kindOfEvents of ["worker", "platform"] as const) {
    const ofKind = targets.filter(({ kind }) => kind === kindOfEvents);
    if (ofKind.length > 0) return { of: kindOfEvents, targets: ofKind };
  }
  return { of: "all", targets: targets.filter(({ kind }) => kind !== "probe") };
}
