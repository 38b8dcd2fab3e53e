import type { AlertView } from "../alerts/alert-view.ts";
import type { Status } from "../grades/grade.ts";
import type { TenantLedger } from "../merge/tenant-state.ts";
import type { PillarViews } from "../pillars/pillar-views.ts";
import type { Coverage } from "./live-snapshot.ts";
import type { SeriesView } from "../pillars/series-view.ts";
import type { StreamCursor } from "./stream-filter.ts";
import type { SeriesName } from "../merge/series-name.ts";
import type { LimitView } from "../wire/permits.ts";

export type { AlertView } from "../alerts/alert-view.ts";
export type { Grade, Status } from "../grades/grade.ts";
export type { WindowName } from "../merge/series-state.ts";
export type { TenantLedger } from "../merge/tenant-state.ts";
export type { WindowStats } from "../merge/window-stats.ts";
export type { PillarViews } from "../pillars/pillar-views.ts";
export type { Coverage } from "./live-snapshot.ts";
export type { SeriesView } from "../pillars/series-view.ts";
export type { StreamCursor } from "./stream-filter.ts";
export type { LimitView } from "../wire/permits.ts";

/** What the snapshot before had and this one has not. */
export interface Gone {
  readonly series: readonly SeriesName[];
  /** The targets whose buckets are no longer shown. */
  readonly limits: readonly string[];
}

/** The first frame of a subscription. */
export interface HelloFrame extends StreamCursor {
  readonly type: "hello";
  readonly protocol: string;
  readonly resumed: boolean;
  /** Milliseconds between ticks. */
  readonly tickMs: number;
}

/** All of the live state, or what a tick changed in it. */
export interface ContentFrame extends StreamCursor {
  /** A `snapshot` has every series and bucket, a `tick` those that changed. */
  readonly type: "snapshot" | "tick";
  readonly tenant: string;
  /** Epoch milliseconds of the server's clock. */
  readonly at: number;
  readonly staleMs: number;
  readonly status: Status;
  readonly score: number | null;
  /** In each snapshot, and in a tick if any of them changed: then all of them are there. */
  readonly pillars?: PillarViews;
  readonly coverage: Coverage;
  readonly series: readonly SeriesView[];
  readonly limits: readonly LimitView[];
  /** In a tick if anything that was there before is there no longer. */
  readonly gone?: Gone;
  readonly ledger: TenantLedger;
  /** Every alert that has not ended; in a tick now and then those whose figures changed. */
  readonly alerts?: readonly AlertView[];
}

/** One change of one alert. */
export interface AlertFrame extends StreamCursor, AlertView {
  readonly type: "alert";
}

/** Comes before a close. */
export interface ErrorFrame {
  readonly type: "error";
  readonly reason: string;
}

/** What `GET /v1/stream` sends. */
export type StreamFrame = HelloFrame | ContentFrame | AlertFrame | ErrorFrame;
