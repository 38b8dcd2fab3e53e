import type { TenantLedger } from "../merge/tenant-state.ts";
import type { RequestHealth, StreamHealth } from "../wire/shard-rpc.ts";
import type { ArchiveHealth } from "./archive-flusher.ts";
import type { OutboxHealth } from "./outbox-flusher.ts";
import type { InvalidationsHealth } from "./invalidation-log.ts";
import type { OtlpExportHealth } from "./otlp-export-health.ts";
import type { RetentionHealth } from "./retention.ts";

/** How a coordinator and what hangs on it stand. Times are epoch milliseconds. */
export interface CoordinatorHealth {
  readonly at: number;
  readonly startedAt: number;
  /** The last tick that reached all the way through, or null before the first. */
  readonly tickedAt: number | null;
  readonly tickMs: number;
  readonly checkpointAt: number | null;
  /** What the last tick failed of, or null. */
  readonly lastError: string | null;
  readonly subscribers: number;
  /** Shards that did not answer at the last tick. */
  readonly missing: readonly { readonly name: string; readonly error: string }[];
  readonly shards: readonly ShardHealth[];
  readonly outbox: OutboxHealth;
  readonly retention: RetentionHealth;
  readonly ledger: TenantLedger;
  readonly alerts: AlertsHealth;
  readonly carrier: CarrierHealth;
  readonly archive: ArchiveHealth;
  /** Why the dispatcher is taken for stalled, or null. */
  readonly dispatcherFault: { readonly since: number; readonly reason: string } | null;
  readonly invalidations: InvalidationsHealth;
  /** Null where totals are pushed nowhere. */
  readonly otlpExport: OtlpExportHealth | null;
}

/** How alerts stand. */
export interface AlertsHealth {
  readonly rules: number;
  readonly pending: number;
  readonly firing: number;
  readonly nodata: number;
  readonly silences: number;
  /** Conditions that held and were not followed since `startedAt`: there were too many alerts. */
  readonly overflow: number;
  /** Notifications that the dispatcher does not have yet. */
  readonly outgoing: number;
}

/** How the way to the dispatcher stands. */
export interface CarrierHealth {
  readonly failures: number;
  readonly failingSince: number | null;
  readonly lastError: string | null;
  readonly handedOverAt: number | null;
}

export interface ShardHealth {
  readonly name: string;
  /** It has nothing to tell and will announce itself. */
  readonly isDormant: boolean;
  readonly seen: number;
  readonly durable: number;
  readonly pending: number;
  readonly answeredAt: number | null;
  readonly logRows: number | null;
  readonly reporters: number | null;
  /** Reporters that it no longer knows, because there were too many: their repeats would count. */
  readonly forgottenReporters: number | null;
  /** Its streams of running totals. */
  readonly streams: StreamHealth | null;
  /** Requests that it knows when they come again, of senders that do not number theirs. */
  readonly requests: RequestHealth | null;
  /** Of the last minute on this shard alone. */
  readonly perSecond: number | null;
  readonly p95Ms: number | null;
  /** Why nobody gets permits of this target. */
  readonly limitFault: string | null;
}
