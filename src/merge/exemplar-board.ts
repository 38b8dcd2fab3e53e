import { type OperationExemplar, SHOWN_EXEMPLARS } from "../exemplar.ts";
import { WHOLE_TARGET } from "../names.ts";
import { MAX_AHEAD_MS } from "../wire/horizon.ts";
import {
  byAge,
  bySlowness,
  keptExemplars,
  newestOfBuckets,
  type TakenExemplar,
} from "./kept-exemplars.ts";
import { type SeriesName, seriesKey } from "./series-name.ts";

/** How long an exemplar is shown: trace ids lead to persons, and are to be forgotten soon. */
export const EXEMPLAR_LIFE_MS = 600_000;

/** Most exemplars of a tenant. */
const MAX_EXEMPLARS = 20_000;

/** One of several thousand lists of a few, so what has none shares one. */
const NONE: readonly TakenExemplar[] = [];

interface SeriesExemplars {
  /** The slowest first. */
  held: readonly TakenExemplar[];
  /** The newest of each bucket, newest first; undefined when it has to be made again. */
  newest: readonly TakenExemplar[] | undefined;
  /** The first few of `held`; undefined when it has to be made again. */
  slowest: readonly TakenExemplar[] | undefined;
}

/**
 * The exemplars of a tenant's series, none older than {@link EXEMPLAR_LIFE_MS}: the newest of each
 * classic bucket, and the slowest with those that follow them when they have had their time (see
 * {@link keptExemplars}). It is in memory alone and begins empty. When there are more than it may
 * hold, the series that heard of none for longest loses its own.
 */
export class ExemplarBoard {
  readonly #maxExemplars: number;
  /** In the order in which they last heard of one. */
  readonly #series = new Map<string, SeriesExemplars>();
  #count = 0;
  #lastNumber = 0;
  #oldestAt = Infinity;
  #newestAt = -Infinity;

  /** @param maxExemplars - At least what one series may have, which is less than 200. */
  constructor(maxExemplars = MAX_EXEMPLARS) {
    this.#maxExemplars = maxExemplars;
  }

  /** How many it holds. */
  get count(): number {
    return this.#count;
  }

  /** The number of the exemplar that was taken last; 0 before the first. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Puts exemplars of a target up, each for its operation and for the whole target. */
  add(target: string, exemplars: readonly OperationExemplar[], nowMs: number): void {
    const whole: TakenExemplar[] = [];
    const parts = new Map<string, TakenExemplar[]>();
    for (const { operation, ...exemplar } of exemplars) {
      if (!isShown(exemplar, nowMs)) continue;
      this.#lastNumber += 1;
      const taken = { ...exemplar, number: this.#lastNumber };
      whole.push(taken);
      const part = parts.get(operation);
      if (part === undefined) parts.set(operation, [taken]);
      else part.push(taken);
      this.#noteTime(taken.at);
    }
    for (const [operation, part] of parts) this.#put({ target, operation }, part);
    if (whole.length > 0) this.#put({ target, operation: WHOLE_TARGET }, whole);
  }

  /** Forgets what is too old; and what lies ahead of a clock that went back, for it would stay. */
  advance(nowMs: number): void {
    const isAllShown =
      this.#oldestAt >= nowMs - EXEMPLAR_LIFE_MS && this.#newestAt <= nowMs + MAX_AHEAD_MS;
    if (isAllShown) return;
    this.#oldestAt = Infinity;
    this.#newestAt = -Infinity;
    for (const [key, series] of this.#series) {
      const shown = series.held.filter((exemplar) => isShown(exemplar, nowMs));
      for (const { at } of shown) this.#noteTime(at);
      if (shown.length < series.held.length) this.#hold(series, shown);
      if (shown.length === 0) this.#series.delete(key);
    }
  }

  /**
   * Of each classic bucket of a series the newest exemplar, as of the last {@link advance}, newest
   * first. The same list as long as nothing of the series has changed.
   */
  newest(name: SeriesName): readonly TakenExemplar[] {
    const series = this.#series.get(seriesKey(name));
    if (series === undefined) return NONE;
    series.newest ??= newestOfBuckets(series.held).toSorted(byAge);
    return series.newest;
  }

  /**
   * The slowest `SHOWN_EXEMPLARS` of a series, as of the last {@link advance}, the slowest first.
   * The same list as long as nothing of the series has changed.
   */
  slowest(name: SeriesName): readonly TakenExemplar[] {
    const series = this.#series.get(seriesKey(name));
    if (series === undefined) return NONE;
    series.slowest ??= series.held.slice(0, SHOWN_EXEMPLARS);
    return series.slowest;
  }

  #put(name: SeriesName, taken: readonly TakenExemplar[]): void {
    const key = seriesKey(name);
    const series = this.#series.get(key) ?? { held: NONE, newest: undefined, slowest: undefined };
    // Taken out and put in again, it is the last in order.
    this.#series.delete(key);
    this.#series.set(key, series);
    this.#hold(series, keptExemplars([...series.held, ...taken].toSorted(bySlowness)));
    for (const [first] of this.#series) {
      if (this.#count <= this.#maxExemplars) return;
      this.#drop(first);
    }
  }

  #hold(series: SeriesExemplars, held: readonly TakenExemplar[]): void {
    this.#count += held.length - series.held.length;
    series.held = held;
    series.newest = undefined;
    series.slowest = undefined;
  }

  #drop(key: string): void {
    this.#count -= this.#series.get(key)?.held.length ?? 0;
    this.#series.delete(key);
  }

  #noteTime(at: number): void {
    this.#oldestAt = Math.min(this.#oldestAt, at);
    this.#newestAt = Math.max(this.#newestAt, at);
  }
}

function isShown({ at }: Pick<TakenExemplar, "at">, nowMs: number): boolean {
  return at >= nowMs - EXEMPLAR_LIFE_MS && at <= nowMs + MAX_AHEAD_MS;
}
