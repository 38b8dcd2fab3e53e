import type { AlertView } from "../alerts/alert-view.ts";
import type { CoordinatorHealth } from "../coordinator/coordinator-health.ts";
import type { Exemplar } from "../exemplar.ts";
import type { IntakeLedger } from "../merge/intake-ledger.ts";
import type { SeriesName } from "../merge/series-name.ts";
import type { SeriesTotals } from "../merge/series-totals.ts";
import type { LiveSnapshot } from "../stream/live-snapshot.ts";
import type { TargetKind } from "../target-kind.ts";
import type { DispatcherHealth } from "../wire/dispatcher-rpc.ts";
import type { LimitView } from "../wire/permits.ts";

/** What a shard's books say. */
export interface ShardBooks {
  /** The shard's name, `tenant/target#k`. */
  readonly name: string;
  readonly target: string;
  readonly ledger: IntakeLedger;
  /** Timings of it that are merged. */
  readonly merged: number;
  /** Timings that it has accepted and that are not merged yet. */
  readonly pending: number;
  /** When it first announced itself, before it counted anything; undefined if nobody noted. */
  readonly addedAt: number | undefined;
}

/** How those stand who tell people of alerts, as far as the coordinator knows. */
export interface DeliveryView {
  /** Whether the dispatcher took the last hand-over and does its work; null before the first. */
  readonly isUp: boolean | null;
  /** Notifications that it has not taken yet. */
  readonly waiting: number;
  /** What it last said of itself; null before the first time in this life. */
  readonly told: Pick<DispatcherHealth, "at" | "channels"> | null;
}

/** All that a page of metrics is made of. */
export interface MetricsSource {
  /** Of this software. */
  readonly version: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  readonly snapshot: LiveSnapshot;
  readonly health: Pick<
    CoordinatorHealth,
    | "startedAt"
    | "tickMs"
    | "checkpointAt"
    | "subscribers"
    | "missing"
    | "outbox"
    | "otlpExport"
    | "alerts"
    | "archive"
  >;
  /** Null where nobody is told anything. */
  readonly delivery: DeliveryView | null;
  readonly limits: readonly LimitView[];
  /** Those that have not ended. */
  readonly alerts: readonly AlertView[];
  /** Without whole targets, and without what {@link untoldTargets} names. */
  readonly totals: readonly SeriesTotals[];
  readonly exemplars: (name: SeriesName) => readonly Exemplar[];
  readonly shards: readonly ShardBooks[];
  /** What was refused before any shard saw it. */
  readonly refused: IntakeLedger;
  /** Since when the books of all shards and {@link refused} count; undefined if nobody noted. */
  readonly countsSince: number | undefined;
  /**
   * Targets of which a shard has not told yet all that it has, since the coordinator woke: their
   * counters might be less than was shown before, so they are left out until then.
   */
  readonly untoldTargets: ReadonlySet<string>;
  readonly kindOf: (target: string) => TargetKind;
}

/** What part of a page is wanted. */
export interface MetricsQuery {
  /** The resolution of native histograms, −4 to 8. */
  readonly schema: number;
  /** All if absent. What belongs to no target is shown in any case. */
  readonly targets?: readonly string[] | undefined;
}
