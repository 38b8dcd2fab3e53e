import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import type { LiveState } from "../../../src/stream/live-state.ts";
import type { ContentFrame, PillarViews } from "../../../src/stream/stream-frame.ts";
import { liveLineOptions } from "./live-line-options.ts";
import { LiveTrail, type Stretch, type TrailPoint } from "./live-trail.ts";
import { PastFiller } from "./past-filler.ts";
import type { TrailPoints } from "./trail.ts";

export interface LiveLineQuery {
  /** The number as it stands; null where there is none. */
  readonly valueNow: (state: LiveState) => number | null;
  /** The number that a frame tells; undefined where that leaves it as it was. */
  readonly valueOf: (frame: ContentFrame) => number | null | undefined;
  /**
   * The same number as history knows it, in a minute that begins at or after `from` and ends at or
   * before `to`: at the minute's end, where a tick shows the minute before it.
   */
  readonly readPast: (stretch: Stretch, signal: AbortSignal) => Promise<readonly TrailPoint[]>;
}

/** What is told of a number of the pillars. */
export function ofPillars(
  valueOf: (pillars: PillarViews) => number | null,
): Pick<LiveLineQuery, "valueNow" | "valueOf"> {
  return {
    valueNow: ({ pillars }) => (pillars === undefined ? null : valueOf(pillars)),
    valueOf: ({ pillars }) => pillars && valueOf(pillars),
  };
}

/**
 * One number over the last minutes: of each tick, and from history where none was
 * heard. Ends with {@link close}.
 */
export class LiveLine {
  readonly #query: LiveLineQuery;
  readonly #trail = new LiveTrail(liveLineOptions(1));
  readonly #past: PastFiller;
  #value: number | null = null;

  /** @param onPast - is called when history has told something, or why it cannot. */
  constructor(query: LiveLineQuery, onPast: () => void) {
    this.#query = query;
    this.#past = new PastFiller({
      trail: this.#trail,
      read: async ({ from, to }, signal) => {
        const points = await query.readPast({ from: from - MINUTE_MS, to }, signal);
        return { points, fault: "" };
      },
      onChange: onPast,
    });
  }

  /** The points as they are now; the same object until they change. */
  get points(): TrailPoints {
    return this.#trail.points;
  }

  /** Between which frames the page was not live; the same list until it changes. */
  get quiet(): readonly Stretch[] {
    return this.#trail.quiet;
  }

  /** Why what was before is not there; empty if nothing is wrong. */
  get fault(): string {
    return this.#past.fault;
  }

  /** Begins with what is known. */
  begin(state: LiveState): void {
    if (state.latest !== undefined) this.#put(state.latest.at, this.#query.valueNow(state));
  }

  /** Takes a frame in. */
  take(frame: ContentFrame): void {
    const told = this.#query.valueOf(frame);
    this.#put(frame.at, told === undefined ? this.#value : told);
  }

  /** Ends it for good. */
  close(): void {
    this.#past.close();
  }

  #put(at: number, value: number | null): void {
    this.#value = value;
    this.#trail.takeLive(at, [value]);
    this.#past.hear(at);
  }
}
