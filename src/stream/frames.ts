import type { AlertView } from "../alerts/alert-view.ts";
import type { WindowName } from "../merge/series-state.ts";
import type { WindowStats } from "../merge/window-stats.ts";
import type { LimitView } from "../wire/permits.ts";
import type { PillarViews } from "../pillars/pillar-views.ts";
import type { LiveSnapshot } from "./live-snapshot.ts";
import type { SeriesView } from "../pillars/series-view.ts";
import type { AlertFrame, ContentFrame, ErrorFrame, Gone, HelloFrame } from "./stream-frame.ts";
import type { StreamFilter } from "./stream-filter.ts";

/** A frame, ready to send: its text and what SSE says beside it. */
export interface Frame {
  readonly type: "hello" | "snapshot" | "tick" | "alert" | "error";
  /** Absent for an error, which is no part of the sequence. */
  readonly epoch?: string;
  readonly seq: number;
  readonly text: string;
}

/** What a frame shows of a snapshot. */
export interface FrameContent {
  readonly tenant: string;
  readonly epoch: string;
  readonly seq: number;
  readonly snapshot: LiveSnapshot;
  /** All series in a snapshot, those that changed in a tick. */
  readonly series: readonly SeriesView[];
  /** All buckets in a snapshot, those that changed in a tick. */
  readonly limits: readonly LimitView[];
  /** In a tick; a snapshot has all there is. */
  readonly gone?: Gone | undefined;
  /** In a snapshot, and in a tick in which any of them changed. */
  readonly pillars?: PillarViews | undefined;
  /**
   * Makes the list of all open alerts, in a snapshot. In a tick now and then those whose figures
   * moved; changes of state are frames of their own.
   */
  readonly alerts?: (() => readonly AlertView[]) | undefined;
}

/** A series with the windows that a filter wants, and with histograms in them if it wants those. */
interface FilteredSeries extends Omit<SeriesView, "windows"> {
  readonly windows: Readonly<
    Partial<Record<WindowName, WindowStats & { readonly histogram?: string }>>
  >;
}

/** What `GET /v1/live` answers: what a filter leaves of a {@link ContentFrame}. */
export interface LiveBody extends Omit<ContentFrame, "type" | "series"> {
  readonly series: readonly FilteredSeries[];
}

/** Gives the encoded histograms of a series; asked only for filters that want them. */
export type HistogramSource = (view: SeriesView) => Readonly<Record<WindowName, string>>;

export function helloFrame(epoch: string, seq: number, isResumed: boolean, tickMs: number): Frame {
  const hello: HelloFrame = {
    type: "hello",
    protocol: "tachograph.v1",
    epoch,
    seq,
    resumed: isResumed,
    tickMs,
  };
  return { type: "hello", epoch, seq, text: JSON.stringify(hello) };
}

export function errorFrame(reason: string, seq: number): Frame {
  const error: ErrorFrame = { type: "error", reason };
  return { type: "error", seq, text: JSON.stringify(error) };
}

/**
 * One change of one alert. It goes to every subscriber, whatever targets it filters by: a sequence
 * without gaps is the same for all.
 */
export function alertFrame(epoch: string, seq: number, alert: AlertView): Frame {
  const body: AlertFrame = { type: "alert", epoch, seq, ...alert };
  return { type: "alert", epoch, seq, text: JSON.stringify(body) };
}

/** A snapshot or a tick, as one filter sees it. */
export function contentFrame(
  type: "snapshot" | "tick",
  content: FrameContent,
  filter: StreamFilter,
  histograms: HistogramSource,
): Frame {
  const { epoch, seq } = content;
  const body = { type, ...liveBody(content, filter, histograms) };
  return { type, epoch, seq, text: JSON.stringify(body) };
}

/**
 * The body of `/v1/live`: what a filter sees of a snapshot. Status, score and pillars are the whole
 * tenant's, whatever the filter.
 */
export function liveBody(
  { tenant, epoch, seq, snapshot, series, limits, gone, pillars, alerts }: FrameContent,
  filter: StreamFilter,
  histograms: HistogramSource,
): LiveBody {
  const { at, staleMs, status, score, coverage, ledger } = snapshot;
  const isWanted = ({ target }: { readonly target: string }): boolean =>
    filter.targets?.includes(target) ?? true;
  const goneSeries = gone?.series.filter(isWanted) ?? [];
  const goneLimits = gone?.limits.filter((target) => isWanted({ target })) ?? [];
  const isAnyGone = goneSeries.length + goneLimits.length > 0;
  return {
    tenant,
    epoch,
    seq,
    at,
    status,
    score,
    ...(pillars !== undefined && { pillars }),
    coverage,
    staleMs,
    series: series.filter(isWanted).map((view) => seriesBody(view, filter, histograms)),
    limits: limits.filter(isWanted),
    ...(isAnyGone && { gone: { series: goneSeries, limits: goneLimits } }),
    ...(alerts !== undefined && { alerts: alerts().filter(isWanted) }),
    ledger,
  };
}

function seriesBody(
  view: SeriesView,
  filter: StreamFilter,
  histograms: HistogramSource,
): FilteredSeries {
  const encoded = filter.histograms ? histograms(view) : undefined;
  const windows = Object.fromEntries(
    filter.windows.map((name) => [
      name,
      encoded === undefined
        ? view.windows[name]
        : { ...view.windows[name], histogram: encoded[name] },
    ]),
  );
  return { ...view, windows };
}
