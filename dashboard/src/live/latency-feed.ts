import type { WindowName } from "../../../src/merge/series-state.ts";
import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { WINDOW_LENGTHS_MS } from "../../../src/merge/window-lengths.ts";
import type { HistoryAnswer } from "../../../src/api/history-answer.ts";
import { LIVE_SPAN_MS } from "../range.ts";
import type { Api } from "../api.ts";
import type { Session } from "../session.ts";
import { Store } from "../store.ts";
import { seriesKey } from "../../../src/stream/live-state.ts";
import type { ContentFrame, SeriesView } from "../../../src/stream/stream-frame.ts";
import type { BucketTally } from "./bucket-tally.ts";
import { type HeatColumn, HeatTrail } from "./heat-trail.ts";
import { HistogramStream } from "./histogram-stream.ts";
import { type ClassCounts, HEAT_CLASSES } from "./latency-classes.ts";
import { LINE_FIELDS, LINE_PERCENTILES, lineValues } from "./latency-of.ts";
import { liveLineOptions } from "./live-line-options.ts";
import { LiveTrail, type Stretch, type TrailPoint } from "./live-trail.ts";
import { minutesOf } from "./minutes-of.ts";
import { type Past, PastFiller } from "./past-filler.ts";
import { forEachWindow } from "./rolling-windows.ts";
import type { TrailPoints } from "./trail.ts";

const HEAT_EVERY_MS = 5_000;

/** Which latency is shown. */
export interface LatencyChoice {
  readonly target: string;
  readonly operation: string;
  readonly window: WindowName;
}

/** The latency of one series over the last minutes. */
export interface LiveLatency {
  /** A line per percentile; see `LINE_FIELDS`. */
  readonly points: TrailPoints;
  /** Between which frames the page was not live. */
  readonly quiet: readonly Stretch[];
  readonly newestAt: number | undefined;
  readonly columns: readonly HeatColumn[];
  /** What is in the window now; undefined until it is known. */
  readonly tally: BucketTally | undefined;
  /** Why there is something missing; empty if nothing is. */
  readonly fault: string;
}

/** What of a session it is fed by. */
type FeedSession = Pick<Session, "live" | "onContent" | "token"> & {
  readonly api: Pick<Api, "ask">;
};

/** What history tells of a series. */
interface LatencyPast extends Past {
  readonly columns: readonly { readonly to: number; readonly counts: ClassCounts }[];
}

/** Follows one series: each frame, and before and between them history. Ends with {@link close}. */
export class LatencyFeed {
  readonly live: Store<LiveLatency>;
  readonly #session: FeedSession;
  readonly #choice: LatencyChoice;
  readonly #trail = new LiveTrail(liveLineOptions(LINE_FIELDS.length));
  readonly #heat = new HeatTrail({
    spanMs: LIVE_SPAN_MS,
    everyMs: HEAT_EVERY_MS,
    widthMs: MINUTE_MS,
  });
  readonly #past: PastFiller<LatencyPast>;
  readonly #histograms: HistogramStream;
  readonly #forget: () => void;
  #view: SeriesView | undefined;
  #tally: BucketTally | undefined;
  #histogramFault = "";
  #paintId: number | undefined;
  #isClosed = false;

  constructor(session: FeedSession, choice: LatencyChoice) {
    this.#session = session;
    this.#choice = choice;
    const { latest, series } = session.live.value;
    this.#view = series.get(seriesKey(choice));
    this.#past = new PastFiller({
      trail: this.#trail,
      read: (missing, signal) => this.#readPast(missing, signal),
      onChange: (told) => {
        if (told !== undefined) this.#heat.takePast(told.columns);
        this.#paintSoon();
      },
    });
    this.live = new Store(this.#now());
    if (latest !== undefined) this.#takeAt(latest.at);
    this.#forget = session.onContent((frame) => this.#take(frame));
    this.#histograms = new HistogramStream(session.token, choice, {
      onTally: (tally, at) => this.#takeTally(tally, at),
      onFault: (fault) => {
        this.#histogramFault = fault;
        this.#paintSoon();
      },
    });
  }

  /** Ends it for good. */
  close(): void {
    this.#isClosed = true;
    this.#forget();
    this.#histograms.close();
    this.#past.close();
    if (this.#paintId !== undefined) cancelAnimationFrame(this.#paintId);
  }

  #take(frame: ContentFrame): void {
    const { target, operation } = this.#choice;
    const isChosen = (name: { readonly target: string; readonly operation: string }): boolean =>
      name.target === target && name.operation === operation;
    const view = frame.series.find(isChosen);
    // A tick tells what changed; what it does not name is as it was.
    const isGone = frame.type === "snapshot" || frame.gone?.series.some(isChosen) === true;
    this.#view = view ?? (isGone ? undefined : this.#view);
    this.#takeAt(frame.at);
  }

  #takeAt(at: number): void {
    this.#trail.takeLive(at, lineValues(this.#view?.windows[this.#choice.window]));
    this.#past.hear(at);
    this.#paintSoon();
  }

  #takeTally(tally: BucketTally, at: number): void {
    this.#tally = tally;
    this.#heat.takeLive(at, () => HEAT_CLASSES.count((visit) => tally.forEach(visit)));
    this.#histogramFault = "";
    this.#paintSoon();
  }

  async #readPast(missing: Stretch, signal: AbortSignal): Promise<LatencyPast> {
    const { target, operation, window } = this.#choice;
    const windowMs = WINDOW_LENGTHS_MS[window];
    const from = missing.from - windowMs;
    const { points } = await this.#session.api.ask<HistoryAnswer>("/v1/history", {
      query: { target, operation, from, to: missing.to, step: "1m", histogram: 1 },
      signal,
    });
    const { minutes, fault } = await minutesOf(points);
    const past: TrailPoint[] = [];
    const columns: { to: number; counts: ClassCounts }[] = [];
    forEachWindow(minutes, windowMs, missing, (to, tally) => {
      past.push({ at: to, values: tally.percentilesMs(LINE_PERCENTILES) });
      const counts = HEAT_CLASSES.count((visit) => tally.forEach(visit));
      columns.push({ to, counts });
    });
    return { points: past, columns, fault };
  }

  #paintSoon(): void {
    if (this.#isClosed) return;
    this.#paintId ??= requestAnimationFrame(() => {
      this.#paintId = undefined;
      this.live.set(this.#now());
    });
  }

  #now(): LiveLatency {
    return {
      points: this.#trail.points,
      quiet: this.#trail.quiet,
      newestAt: this.#trail.newestAt,
      columns: this.#heat.columns,
      tally: this.#tally,
      fault: [this.#past.fault, this.#histogramFault].filter((text) => text !== "").join(" "),
    };
  }
}
