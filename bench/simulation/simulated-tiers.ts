import type { VirtualClock } from "./virtual-clock.ts";

/** A coordinator above others: milliseconds. */
export interface SimulatedTier {
  readonly tickMs: number;
  /** From the beginning of a tick to its end. */
  readonly wallMs: number;
}

/** Takes what a tick below brought up: when each call ended, epoch milliseconds. */
type HandUp = (endedAt: readonly number[]) => void;

/** A tick that takes too long is followed by the next one after so long; see `tenant-coordinator.ts`. */
const MIN_ALARM_MS = 50;

/** All tiers tick equally often, so that their phases stay: so many are looked at side by side. */
const PHASES = 8;

/** From the beginning of a tick to that of the next one. */
export function untilNextTickMs(tickMs: number, wallMs: number): number {
  return Math.max(tickMs, wallMs + MIN_ALARM_MS);
}

/**
 * Starts coordinators one above the other, each with ticks of its own, whose phase is random;
 * some of each, which differ in nothing but that.
 * @param tiers from the lowest of them up.
 * @param show what the uppermost has, at the end of its tick.
 * @returns how the tick below all of them hands over what it brought: at once, if there are none.
 */
export function startTiers(
  tiers: readonly SimulatedTier[],
  clock: VirtualClock,
  random: () => number,
  show: HandUp,
): HandUp {
  if (tiers.length === 0) return show;
  const stacks = Array.from({ length: PHASES }, () =>
    tiers.reduceRight((above, tier) => startTier(tier, clock, random, above), show),
  );
  return (endedAt) => {
    for (const handUp of stacks) handUp(endedAt);
  };
}

function startTier(
  { tickMs, wallMs }: SimulatedTier,
  clock: VirtualClock,
  random: () => number,
  above: HandUp,
): HandUp {
  let waiting: number[] = [];
  const tick = async (): Promise<void> => {
    // Asked for at some point of the tick; what was not there then is seen by the next one.
    const asksAfterMs = random() * wallMs;
    clock.startTimer(() => void tick(), untilNextTickMs(tickMs, wallMs));
    await clock.sleep(asksAfterMs);
    const asked = waiting;
    waiting = [];
    await clock.sleep(wallMs - asksAfterMs);
    above(asked);
  };
  clock.startTimer(() => void tick(), random() * tickMs);
  return (endedAt) => {
    for (const at of endedAt) waiting.push(at);
  };
}
