/** Takes the durations of one series in, as one process does. */
export interface Recorder<Part> {
  /** @param valuesUs whole microseconds. */
  record(valuesUs: Int32Array): void;
  /** What this process knows, as it is handed on. */
  finish(): Part | Promise<Part>;
}

/** One way to keep the durations of a series for percentiles. */
export interface PercentileSystem<Part, Series> {
  readonly name: string;
  /** What it promises of the error, as it stands in the table. */
  readonly bound: string;
  /** Not the software itself but its rule: errors and bytes are its own, times would be ours. */
  readonly isRule: boolean;
  /** An empty series in a process of its own. */
  open(): Recorder<Part>;
  /** The series if only one process had it. */
  only(part: Part): Series;
  /**
   * @returns merges them as often as it is called, the first time with nothing left to prepare; the
   *   parts stay as they are.
   */
  merger(parts: readonly Part[]): () => Series;
  /** @returns microseconds, one per percentile. */
  percentilesUs(
    series: Series,
    percentiles: readonly number[],
  ): readonly number[] | Promise<readonly number[]>;
  /** All that decides about percentiles: series that show the same are the same. */
  contents(series: Series): readonly number[] | Promise<readonly number[]>;
  /** How many bytes it stores or sends of one series, without its name. */
  bytes(series: Series): number | Promise<number>;
}

/** A system with whatever it keeps: see {@link opaque}. */
export type AnySystem = <Result>(
  use: <Part, Series>(system: PercentileSystem<Part, Series>) => Result,
) => Result;

/** Lets systems that keep different things stand in one list. */
export function opaque<Part, Series>(system: PercentileSystem<Part, Series>): AnySystem {
  return (use) => use(system);
}
