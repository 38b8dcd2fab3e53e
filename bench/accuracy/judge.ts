import type { PercentileSystem, Recorder } from "./percentile-system.ts";
import { PERCENTILES, type Sample, worstError } from "./sample.ts";

/** How near a system comes to one sample. */
export interface Judgement {
  /** Worst relative error of one process that had all values. */
  readonly single: number;
  /** The same of many processes, merged. */
  readonly merged: number;
  /** Whether merging leaves what one process would have. */
  readonly isSame: boolean;
  /** What one process stores or sends. */
  readonly bytes: number;
}

/** Gives a system all values of a sample in one process, and dealt out to many. */
export async function judge<Part, Series>(
  system: PercentileSystem<Part, Series>,
  { valuesUs, parts, truthUs }: Pick<Sample, "valuesUs" | "parts" | "truthUs">,
): Promise<Judgement> {
  const whole = system.only(await recorded(system.open(), valuesUs));
  const sum = system.merger(await recordedParts(system, parts))();
  const contents = [await system.contents(whole), await system.contents(sum)] as const;
  return {
    single: worstError(await system.percentilesUs(whole, PERCENTILES), truthUs),
    merged: worstError(await system.percentilesUs(sum, PERCENTILES), truthUs),
    isSame: isEqual(...contents),
    bytes: await system.bytes(whole),
  };
}

/** What each of several processes hands on. */
export async function recordedParts<Part, Series>(
  system: PercentileSystem<Part, Series>,
  parts: readonly Int32Array[],
): Promise<Part[]> {
  const all: Part[] = [];
  for (const valuesUs of parts) all.push(await recorded(system.open(), valuesUs));
  return all;
}

function recorded<Part>(recorder: Recorder<Part>, valuesUs: Int32Array): Part | Promise<Part> {
  recorder.record(valuesUs);
  return recorder.finish();
}

function isEqual(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((value, i) => value === right[i]);
}
