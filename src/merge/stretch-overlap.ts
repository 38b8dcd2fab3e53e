import type { Stretch } from "./row-stretch.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "./slot-time.ts";
import type { StepMs } from "./tenant-store.ts";

/**
 * The first stretch that is there whole as well as in shorter ones: its timings would count twice.
 * Undefined if there is none.
 * @param given what came as such, in any order; the same may be there more than once.
 */
export function stretchOverlap(given: Iterable<Stretch>): Stretch | undefined {
  const starts = startsOf(given);
  for (const [stepMs, finer] of [
    [HOUR_MS, [MINUTE_MS]],
    [DAY_MS, [MINUTE_MS, HOUR_MS]],
  ] as const) {
    const shorter = finer.flatMap((step) => [...starts[step]]);
    const at = shorter
      .map((start) => startOf(start, stepMs))
      .find((one) => starts[stepMs].has(one));
    if (at !== undefined) return { stepMs, at };
  }
  return undefined;
}

/**
 * Which of the stretches that an import stored came as such: minutes did, and longer ones in which
 * nothing shorter is. Of a time of which nothing shorter is kept nobody can tell, and these are
 * left out.
 * @param stored what it stored of a day.
 * @param keptFrom per length, the time before which stretches are not kept.
 */
export function givenStretches(
  stored: Iterable<Stretch>,
  keptFrom: Readonly<Record<StepMs, number>>,
): Stretch[] {
  const starts = startsOf(stored);
  const given = (stepMs: StepMs, finer: StepMs): Stretch[] => {
    const made = new Set([...starts[finer]].map((at) => startOf(at, stepMs)));
    const whole = [...starts[stepMs]].filter((at) => at >= keptFrom[finer] && !made.has(at));
    return whole.map((at) => ({ stepMs, at }));
  };
  return [
    ...[...starts[MINUTE_MS]].map((at) => ({ stepMs: MINUTE_MS, at }) as const),
    ...given(HOUR_MS, MINUTE_MS),
    ...given(DAY_MS, HOUR_MS),
  ];
}

/** Why rows with such a stretch are not taken. */
export function overlapText({ stepMs, at }: Stretch): string {
  return (
    `What begins at ${new Date(at).toISOString()} is there as a whole of ${stepMs / 1_000} s and ` +
    "in shorter rows, too: it would count twice. Send one of both."
  );
}

function startsOf(stretches: Iterable<Stretch>): Readonly<Record<StepMs, ReadonlySet<number>>> {
  const starts: Record<StepMs, Set<number>> = {
    [MINUTE_MS]: new Set(),
    [HOUR_MS]: new Set(),
    [DAY_MS]: new Set(),
  };
  for (const { stepMs, at } of stretches) starts[stepMs].add(at);
  return starts;
}
