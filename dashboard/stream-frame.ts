import type { AlertView } from "../src/alerts/alert-view.ts";
import type { Status } from "../src/grades/grade.ts";
import type { TenantLedger } from "../src/merge/tenant-state.ts";
import type { PillarViews } from "../src/pillars/pillar-views.ts";
import type { Coverage } from "../src/stream/live-snapshot.ts";
import type { SeriesView } from "../src/pillars/series-view.ts";

export type { AlertView } from "../src/alerts/alert-view.ts";
export type { Grade, Status } from "../src/grades/grade.ts";
export type { WindowName } from "../src/merge/series-state.ts";
export type { TenantLedger } from "../src/merge/tenant-state.ts";
export type { WindowStats } from "../src/merge/window-stats.ts";
export type { PillarViews } from "../src/pillars/pillar-views.ts";
export type { Coverage } from "../src/stream/live-snapshot.ts";
export type { SeriesView } from "../src/pillars/series-view.ts";

/** Where a subscriber left off: the last frame that it has. */
export interface StreamCursor {
  readonly epoch: string;
  readonly seq: number;
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
  /** A `snapshot` has every series, a `tick` those that changed. */
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
  readonly ledger: TenantLedger;
  /** Every alert that has not ended; in a snapshot only. */
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

/** What the page reads of `GET /v1/stream`. */
export type StreamFrame = HelloFrame | ContentFrame | AlertFrame | ErrorFrame;
