import { AggregateBuilder } from "../histogram/aggregate-builder.ts";
import type { Aggregate } from "../histogram/aggregate.ts";
import type { Stretch } from "./row-stretch.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf, STEPS_MS } from "./slot-time.ts";
import type { StepMs } from "./tenant-store.ts";

/** A stretch, and what was imported of it. */
export interface ImportedStretch extends Stretch {
  readonly aggregate: Aggregate;
}

/**
 * One day of a series as it is imported: what came of its minutes, its hours and of itself. An hour
 * is what came of it and of its minutes together, the day what came of it and of its hours.
 */
export class ImportedDay {
  /** What came as such, by the length of the stretch and its start. */
  readonly #given: Readonly<Record<StepMs, Map<number, AggregateBuilder>>> = {
    [MINUTE_MS]: new Map(),
    [HOUR_MS]: new Map(),
    [DAY_MS]: new Map(),
  };

  /** @param aggregate with timings. */
  add({ stepMs, at }: Stretch, aggregate: Aggregate): void {
    builderIn(this.#given[stepMs], at).add(aggregate);
  }

  /** What came as such: each stretch once. */
  given(): Stretch[] {
    return STEPS_MS.flatMap((stepMs) =>
      [...this.#given[stepMs].keys()].map((at) => ({ stepMs, at })),
    );
  }

  /**
   * How many hours and days came as such though shorter stretches of their time are kept: these
   * have nothing of them.
   * @param keptFrom per length, the time before which stretches are not kept.
   */
  coarse(keptFrom: Readonly<Record<StepMs, number>>): number {
    const count = (stepMs: StepMs, finer: StepMs): number =>
      [...this.#given[stepMs].keys()].filter((at) => at >= keptFrom[finer]).length;
    return count(HOUR_MS, MINUTE_MS) + count(DAY_MS, HOUR_MS);
  }

  /**
   * What is to be stored: each stretch once, the day last. To be called once, at the end.
   * @param keptFrom per length, the time before which stretches are not kept: they are left out,
   *   and count in the longer ones.
   */
  stretches(keptFrom: Readonly<Record<StepMs, number>>): ImportedStretch[] {
    const minutes = finished(MINUTE_MS, this.#given[MINUTE_MS]);
    const hours = finished(HOUR_MS, added(new Map(this.#given[HOUR_MS]), HOUR_MS, minutes));
    const days = finished(DAY_MS, added(new Map(this.#given[DAY_MS]), DAY_MS, hours));
    return [...minutes, ...hours, ...days].filter(({ stepMs, at }) => at >= keptFrom[stepMs]);
  }
}

/** Adds to stretches of a length what shorter ones hold. */
function added(
  builders: Map<number, AggregateBuilder>,
  stepMs: StepMs,
  finer: readonly ImportedStretch[],
): Map<number, AggregateBuilder> {
  for (const { at, aggregate } of finer) builderIn(builders, startOf(at, stepMs)).add(aggregate);
  return builders;
}

function finished(
  stepMs: StepMs,
  builders: ReadonlyMap<number, AggregateBuilder>,
): ImportedStretch[] {
  return [...builders]
    .toSorted(([left], [right]) => left - right)
    .map(([at, builder]) => ({ stepMs, at, aggregate: builder.finish() }));
}

function builderIn(builders: Map<number, AggregateBuilder>, at: number): AggregateBuilder {
  let builder = builders.get(at);
  if (builder === undefined) builders.set(at, (builder = new AggregateBuilder()));
  return builder;
}
