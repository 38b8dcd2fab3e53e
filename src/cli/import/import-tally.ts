import { seriesKey } from "../../merge/series-name.ts";
import type { DayKey } from "./day-spool.ts";

/** Most days that are named one by one of those that were not taken; further ones are counted. */
const MAX_NAMED = 100;

/** A day that was not taken. */
interface UntakenDay {
  /** `target/operation`. */
  readonly series: string;
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly reason: string;
  /** Single lines that are at fault, with where they were read. */
  readonly lines: readonly string[];
}

/** What became of the days of an import. Each number counts days of series. */
export class ImportTally {
  imported = 0;
  /** Of {@link imported}: those that replaced what the same name had brought before. */
  replaced = 0;
  /** Days that were there already, as they are here. */
  already = 0;
  untaken = 0;
  /** The first of them. */
  readonly named: UntakenDay[] = [];
  /** Timings of days that were imported. */
  timings = 0;
  /** Rows that are in history by another row. */
  duplicates = 0;

  /** Hours and days that came as such though shorter stretches of their time are kept. */
  coarse = 0;

  get done(): number {
    return this.imported + this.already + this.untaken;
  }

  /** @returns the day as it is named; undefined for one that is only counted. */
  addUntaken(key: DayKey, reason: string, lines: readonly string[]): UntakenDay | undefined {
    this.untaken += 1;
    if (this.named.length === MAX_NAMED) return undefined;
    const day = { series: seriesKey(key), day: dayText(key.dayAt), reason, lines };
    this.named.push(day);
    return day;
  }
}

/** A day as `YYYY-MM-DD`. */
export function dayText(dayAt: number): string {
  return new Date(dayAt).toISOString().slice(0, 10);
}
