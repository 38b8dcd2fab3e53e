import type { Exemplar } from "../exemplar.ts";
import { areSameExemplars, type ExemplarView, exemplarView } from "../exemplar-view.ts";
import { encodeHdrV2Base64 } from "../histogram/hdr-v2.ts";
import { PagedCounts } from "../histogram/paged-counts.ts";
import { type Status, statusOf, statusWithAlerts } from "../grades/grade.ts";
import type { ThroughputGrade } from "../grades/throughput-grade.ts";
import type { TargetKind } from "../target-kind.ts";
import { type SeriesState, WINDOW_NAMES, type WindowName } from "../merge/series-state.ts";
import { bySeriesName, seriesKey, type SeriesName } from "../merge/series-name.ts";
import type { TenantLedger, TenantState } from "../merge/tenant-state.ts";
import { type WindowStats, windowStats } from "../merge/window-stats.ts";
import { WHOLE_TARGET } from "../names.ts";
import { makePillars, overallScore } from "../pillars/make-pillars.ts";
import type { PillarViews } from "../pillars/pillar-views.ts";
import { throughputMeans } from "../pillars/throughput-means.ts";
import { seriesGrades } from "../pillars/series-grades.ts";
import type { SeriesView } from "../pillars/series-view.ts";

/** Which of the known shards a snapshot speaks for. */
export interface Coverage {
  readonly shards: number;
  readonly answered: number;
  /** Names of those that did not answer in time. */
  readonly missing: readonly string[];
}

/** The merged state of a tenant at one tick. */
export interface LiveSnapshot {
  readonly at: number;
  /** How old the oldest part of it was at `at`, in milliseconds. */
  readonly staleMs: number;
  readonly status: Status;
  /** 0 to 10: the mean of the pillars that have data; null if none has. */
  readonly score: number | null;
  /** Of the whole tenant, whatever part of it somebody looks at. */
  readonly pillars: PillarViews;
  readonly coverage: Coverage;
  readonly series: readonly SeriesView[];
  readonly ledger: TenantLedger;
}

/** What a snapshot says beside the series. */
export interface SnapshotAbout {
  readonly at: number;
  readonly staleMs: number;
  readonly coverage: Coverage;
  /** Whether an alert of severity CRITICAL fires. */
  readonly hasCriticalAlert: boolean;
}

/** A snapshot, and how it differs from the one before. */
export interface MadeSnapshot {
  readonly snapshot: LiveSnapshot;
  /** The series that differ. */
  readonly changed: readonly SeriesView[];
  /** The series that were in the one before and are not in this one. */
  readonly gone: readonly SeriesName[];
  /** Whether any pillar does. */
  readonly arePillarsNew: boolean;
}

interface CachedSeries {
  /** A series that was let go of and came back counts its versions anew. */
  readonly state: SeriesState;
  readonly version: number;
  /** Without throughput and exemplars, which change at times of their own. */
  readonly bare: SeriesView;
  /** What the view's exemplars were made of. */
  readonly exemplars: readonly Exemplar[];
  readonly view: SeriesView;
}

/** Makes snapshots of a tenant's state, computing anew only the series that changed. */
export class SnapshotMaker {
  readonly #kindOf: (target: string) => TargetKind;
  readonly #cache = new Map<string, CachedSeries>();
  readonly #histograms = new WeakMap<WindowStats, string>();
  #pillarsText = "";

  constructor(kindOf: (target: string) => TargetKind) {
    this.#kindOf = kindOf;
  }

  make(state: TenantState, { hasCriticalAlert, ...about }: SnapshotAbout): MadeSnapshot {
    const { minuteCounts: minutes } = state;
    const { series, changed, gone } = this.#views(state);
    const throughput = { minutes, kindOf: this.#kindOf, nowMs: about.at };
    const pillars = makePillars(series, throughput);
    const score = overallScore(pillars);
    const status = statusWithAlerts(statusOf(score), hasCriticalAlert);
    const snapshot = { ...about, status, score, pillars, series, ledger: state.ledger() };
    const pillarsText = JSON.stringify(pillars);
    const arePillarsNew = pillarsText !== this.#pillarsText;
    this.#pillarsText = pillarsText;
    return { snapshot, changed, gone, arePillarsNew };
  }

  #views(
    state: TenantState,
  ): Pick<LiveSnapshot, "series"> & Pick<MadeSnapshot, "changed" | "gone"> {
    const changed: SeriesView[] = [];
    const series: SeriesView[] = [];
    const seen = new Set<string>();
    for (const { name, state: windows } of state.series) {
      const key = seriesKey(name);
      seen.add(key);
      const cached = this.#cache.get(key);
      const entry = this.#entry(state, name, windows, cached);
      this.#cache.set(key, entry);
      if (entry.view !== cached?.view) changed.push(entry.view);
      series.push(entry.view);
    }
    return {
      series: series.toSorted(bySeriesName),
      changed: changed.toSorted(bySeriesName),
      gone: this.#forgetAllBut(seen).toSorted(bySeriesName),
    };
  }

  /** With the very view of `cached` if nothing in it has changed. */
  #entry(
    state: TenantState,
    name: SeriesName,
    windows: SeriesState,
    cached: CachedSeries | undefined,
  ): CachedSeries {
    // It moves with the minutes, whether or not a window does.
    const throughput =
      name.operation === WHOLE_TARGET
        ? throughputMeans([name.target], state.minuteCounts).grade
        : undefined;
    const exemplars = state.slowestExemplars(name);
    const shown =
      cached?.exemplars === exemplars
        ? cached.view.exemplars
        : shownExemplars(exemplars, cached?.view.exemplars);
    const { version } = windows;
    const isKnown = cached?.state === windows && cached.version === version;
    const { view } = cached ?? {};
    if (isKnown && view?.grades.throughput === throughput && view?.exemplars === shown) {
      return cached.exemplars === exemplars ? cached : { ...cached, exemplars };
    }
    const bare = isKnown ? cached.bare : this.#view(name, windows);
    const whole = withExemplars(withThroughput(bare, throughput), shown);
    return { state: windows, version, bare, exemplars, view: whole };
  }

  #forgetAllBut(keys: ReadonlySet<string>): SeriesName[] {
    const gone: SeriesName[] = [];
    for (const [key, { view }] of this.#cache) {
      if (keys.has(key)) continue;
      this.#cache.delete(key);
      gone.push({ target: view.target, operation: view.operation });
    }
    return gone;
  }

  #view(name: SeriesName, state: SeriesState): SeriesView {
    const windows = {
      "1m": windowStats(state.windows["1m"]),
      "5m": windowStats(state.windows["5m"]),
      "1h": windowStats(state.windows["1h"]),
    };
    const { target, operation } = name;
    const kind = this.#kindOf(target);
    const grades = seriesGrades({ kind, operation }, windows["1m"]);
    return { target, kind, operation, windows, grades };
  }

  /** The histograms behind a series' windows, in canonical HDR V2; made when first asked for. */
  histograms(state: TenantState, view: SeriesView): Readonly<Record<WindowName, string>> {
    const encoded = { "1m": "", "5m": "", "1h": "" };
    const series = state.seriesState(view);
    for (const window of WINDOW_NAMES) {
      const stats = view.windows[window];
      let text = this.#histograms.get(stats);
      if (text === undefined) {
        // A series that has left memory had nothing left in its windows.
        text = encodeHdrV2Base64(series?.windows[window].counts ?? new PagedCounts());
        this.#histograms.set(stats, text);
      }
      encoded[window] = text;
    }
    return encoded;
  }
}

/** The very list of before if it says the same; undefined if there is none to show. */
function shownExemplars(
  exemplars: readonly Exemplar[],
  before: readonly ExemplarView[] | undefined,
): readonly ExemplarView[] | undefined {
  if (exemplars.length === 0) return undefined;
  const now = exemplars.map(exemplarView);
  return before !== undefined && areSameExemplars(before, now) ? before : now;
}

function withExemplars(
  view: SeriesView,
  exemplars: readonly ExemplarView[] | undefined,
): SeriesView {
  return exemplars === undefined ? view : { ...view, exemplars };
}

function withThroughput(view: SeriesView, throughput: ThroughputGrade | undefined): SeriesView {
  if (throughput === undefined) return view;
  return { ...view, grades: { ...view.grades, throughput } };
}
