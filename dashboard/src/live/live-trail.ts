import { Trail, type TrailPoints } from "./trail.ts";

/** A stretch of time, epoch milliseconds, both ends included. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Values of every line at a time, epoch milliseconds. */
export interface TrailPoint {
  readonly at: number;
  readonly values: readonly (number | null)[];
}

/** What a trail keeps, and for how long. */
export interface LiveTrailOptions {
  readonly lineCount: number;
  /** How far back it reaches. */
  readonly spanMs: number;
  /** Between two frames that are further apart, the page was not live. */
  readonly quietMs: number;
  /** Most points that are kept. */
  readonly maxPoints: number;
  /** History has a point at each multiple of it. */
  readonly stepMs: number;
}

/**
 * The points of a live chart: one per frame that was heard, and what history tells of the times at
 * which nothing was. Time is the server's. Where its clock goes back, what lies ahead of it goes.
 */
export class LiveTrail {
  readonly #options: LiveTrailOptions;
  readonly #trail: Trail;
  /** In which frames came one after the other; apart, and ascending. */
  #heard: readonly Stretch[] = [];
  #quiet: readonly Stretch[] = [];
  /** What history told up to here stays as it is. */
  #settledUntil = -Infinity;

  constructor(options: LiveTrailOptions) {
    this.#options = options;
    this.#trail = new Trail(options.lineCount, options.maxPoints, options.spanMs);
  }

  /** The points as they are now; the same object until they change. */
  get points(): TrailPoints {
    return this.#trail.points;
  }

  /** Between which frames the page was not live; the same list until it changes. */
  get quiet(): readonly Stretch[] {
    return this.#quiet;
  }

  /** When the newest frame was of; undefined before the first. */
  get newestAt(): number | undefined {
    return this.#heard.at(-1)?.to;
  }

  /** Takes in what a frame says. */
  takeLive(at: number, values: readonly (number | null)[]): void {
    if (at < (this.newestAt ?? -Infinity)) this.#turnBack(at);
    this.#trail.forgetAfter(at);
    this.#trail.put(at, values);
    this.#hear(at);
  }

  /**
   * Takes in what history says, where no frame was heard.
   *
   * @param settledUntil - up to when history says the same when it is asked again.
   */
  takePast(points: readonly TrailPoint[], settledUntil: number): void {
    const newestAt = this.newestAt ?? Infinity;
    for (const { at, values } of points) {
      if (at <= newestAt && !this.#heard.some(({ from, to }) => from <= at && at <= to)) {
        this.#trail.put(at, values);
      }
    }
    this.#settledUntil = Math.max(this.#settledUntil, Math.min(settledUntil, newestAt));
  }

  /**
   * From the first to the last point that history has to tell, or tell again; undefined if there
   * is none.
   */
  missing(): Stretch | undefined {
    const { spanMs, stepMs } = this.#options;
    const newestAt = this.newestAt;
    if (newestAt === undefined) return undefined;
    const after = Math.max(newestAt - spanMs, this.#settledUntil);
    const steps: number[] = [];
    for (let at = Math.floor(after / stepMs + 1) * stepMs; at < newestAt; at += stepMs) {
      if (!this.#heard.some(({ from, to }) => from <= at && at <= to)) steps.push(at);
    }
    const [from, to] = [steps[0], steps.at(-1)];
    return from === undefined || to === undefined ? undefined : { from, to };
  }

  #turnBack(at: number): void {
    this.#heard = this.#heard
      .filter(({ from }) => from <= at)
      .map(({ from, to }) => ({ from, to: Math.min(to, at) }));
    this.#settledUntil = Math.min(this.#settledUntil, at);
  }

  #hear(at: number): void {
    const { spanMs, quietMs } = this.#options;
    const last = this.#heard.at(-1);
    const isNext = last !== undefined && at - last.to <= quietMs;
    const before = isNext ? this.#heard.slice(0, -1) : this.#heard;
    const newest = { from: isNext ? last.from : at, to: at };
    this.#heard = [...before.filter(({ to }) => to >= at - spanMs), newest];
    this.#setQuiet();
  }

  #setQuiet(): void {
    const quiet = this.#heard.slice(1).map(({ from }, index) => ({
      from: this.#heard[index]?.to ?? from,
      to: from,
    }));
    const isSame =
      quiet.length === this.#quiet.length &&
      quiet.every(({ from, to }, index) => {
        const before = this.#quiet[index];
        return before?.from === from && before.to === to;
      });
    if (!isSame) this.#quiet = quiet;
  }
}
