import type { Exemplar, OperationExemplar } from "../exemplar.ts";
import { WHOLE_TARGET } from "../names.ts";
import { MAX_AHEAD_MS } from "../wire/horizon.ts";
import { CLASSIC_BOUNDS_US } from "./classic-bounds.ts";
import { type SeriesName, seriesKey } from "./series-name.ts";

/** How long an exemplar is shown: trace ids lead to persons, and are to be forgotten soon. */
export const EXEMPLAR_LIFE_MS = 600_000;

/** Most exemplars of a tenant. */
const MAX_EXEMPLARS = 20_000;

/** One of several thousand lists of a few, so what has none shares one. */
const NONE: readonly Exemplar[] = [];

interface SeriesExemplars {
  /** By the classic bucket that the call fell into. */
  readonly byBucket: Map<number, Exemplar>;
  /** The same, newest first; undefined when it has to be made again. */
  sorted: readonly Exemplar[] | undefined;
}

/**
 * The exemplars of a tenant's series: the newest of each classic bucket, none older than
 * {@link EXEMPLAR_LIFE_MS}. It is in memory alone and begins empty. When there are more than it may
 * hold, the series that heard of none for longest loses its own.
 */
export class ExemplarBoard {
  readonly #maxExemplars: number;
  /** In the order in which they last heard of one. */
  readonly #series = new Map<string, SeriesExemplars>();
  #count = 0;
  #oldestAt = Infinity;
  #newestAt = -Infinity;

  /** @param maxExemplars - At least what one series may have: the number of classic buckets. */
  constructor(maxExemplars = MAX_EXEMPLARS) {
    this.#maxExemplars = maxExemplars;
  }

  /** How many it holds. */
  get count(): number {
    return this.#count;
  }

  /**
   * Puts exemplars of a target up, each for its operation and for the whole target. Of two in one
   * bucket the newer stays; of two of one time, the one that comes later.
   */
  add(target: string, exemplars: readonly OperationExemplar[], nowMs: number): void {
    for (const { operation, ...exemplar } of exemplars) {
      if (!isShown(exemplar, nowMs)) continue;
      this.#put({ target, operation }, exemplar);
      this.#put({ target, operation: WHOLE_TARGET }, exemplar);
    }
  }

  /** Forgets what is too old; and what lies ahead of a clock that went back, for it would stay. */
  advance(nowMs: number): void {
    const isAllShown =
      this.#oldestAt >= nowMs - EXEMPLAR_LIFE_MS && this.#newestAt <= nowMs + MAX_AHEAD_MS;
    if (isAllShown) return;
    this.#oldestAt = Infinity;
    this.#newestAt = -Infinity;
    for (const [key, series] of this.#series) {
      for (const [bucket, exemplar] of series.byBucket) {
        if (isShown(exemplar, nowMs)) this.#noteTime(exemplar.at);
        else {
          series.byBucket.delete(bucket);
          series.sorted = undefined;
          this.#count -= 1;
        }
      }
      if (series.byBucket.size === 0) this.#series.delete(key);
    }
  }

  /**
   * The exemplars of a series as of the last {@link advance}, newest first. The same list as long as
   * they are the same.
   */
  of(name: SeriesName): readonly Exemplar[] {
    const series = this.#series.get(seriesKey(name));
    if (series === undefined) return NONE;
    series.sorted ??= [...series.byBucket.values()].toSorted((one, other) => other.at - one.at);
    return series.sorted;
  }

  #put(name: SeriesName, exemplar: Exemplar): void {
    const key = seriesKey(name);
    const series = this.#series.get(key) ?? { byBucket: new Map(), sorted: undefined };
    const bucket = bucketOf(exemplar.durationUs);
    const held = series.byBucket.get(bucket);
    if (held !== undefined && held.at > exemplar.at) return;
    // Taken out and put in again, it is the last in order.
    this.#series.delete(key);
    this.#series.set(key, series);
    series.byBucket.set(bucket, exemplar);
    series.sorted = undefined;
    this.#noteTime(exemplar.at);
    if (held === undefined) this.#count += 1;
    if (this.#count > this.#maxExemplars) this.#dropFirst();
  }

  #dropFirst(): void {
    for (const [key, { byBucket }] of this.#series) {
      this.#series.delete(key);
      this.#count -= byBucket.size;
      return;
    }
  }

  #noteTime(at: number): void {
    this.#oldestAt = Math.min(this.#oldestAt, at);
    this.#newestAt = Math.max(this.#newestAt, at);
  }
}

function isShown({ at }: Exemplar, nowMs: number): boolean {
  return at >= nowMs - EXEMPLAR_LIFE_MS && at <= nowMs + MAX_AHEAD_MS;
}

/** The position of the lowest bound that the call is not above; what is above all comes last. */
function bucketOf(durationUs: number): number {
  const bucket = CLASSIC_BOUNDS_US.findIndex((boundUs) => durationUs <= boundUs);
  return bucket === -1 ? CLASSIC_BOUNDS_US.length : bucket;
}
