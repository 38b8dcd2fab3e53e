export { tachograph, Tachograph } from "./tachograph.ts";
export type { CallOutcome, Classifier } from "./classify.ts";
export { classifyError, classifyStatus } from "./classify.ts";
export type { ClientStats, ExemplarStats, PermitStats } from "./client-counters.ts";
export type { ClientOptions } from "./client-options.ts";
export { metaLimit, pinterestLimit, tiktokLimit } from "./limit-classifiers.ts";
export { PermitDenied } from "./permit-denied.ts";
export type { BodyRefusal, SignalSource } from "./read-signal.ts";
export { readSignal } from "./read-signal.ts";
export type { Recorder } from "./recorder.ts";
export type { WaitUntilContext } from "./request-scope.ts";
export type { DenialReason, TakeDenial, TakeOptions, TakeResult } from "./take-result.ts";
export type { FetchPermit, TimedFetcher, TimedFetchInit } from "./timed-fetch.ts";
export type { Timer } from "./timer.ts";
export type { TraceRef, TraceRefusal } from "./trace/trace-ref.ts";
export type { UnreachablePolicy } from "./unreached-allowance.ts";
export type { MeasureName, MeasureValues } from "../measures.ts";
export type { Outcome } from "../outcome.ts";
export type { PermitAnswer, PermitRequest, PlatformSignal } from "../wire/permits.ts";
export type { ReportAnswer, ReportRequest, TachographBinding } from "../wire/report.ts";

// Bindings and handlers that time themselves.
export type { D1Options, SlowQuery } from "./d1/d1-options.ts";
export { instrumentD1 } from "./d1/instrument-d1.ts";
export type { SqlFingerprint } from "./d1/sql-fingerprint.ts";
export { sqlFingerprint } from "./d1/sql-fingerprint.ts";
export type { InstrumentKVOptions } from "./kv/instrument-kv.ts";
export { instrumentKV } from "./kv/instrument-kv.ts";
export type { InstrumentQueueOptions } from "./queue/instrument-queue.ts";
export { instrumentQueue } from "./queue/instrument-queue.ts";
export type { InstrumentConsumerOptions } from "./queue/instrument-consumer.ts";
export { instrumentConsumer } from "./queue/instrument-consumer.ts";
export type { RetryMeaning } from "./queue/batch-watch.ts";
export type {
  BindingName,
  InstrumentedBindings,
  NamedBindings,
} from "./handler/binding-wrappers.ts";
export type { InstrumentHandlerOptions } from "./handler/instrument-handler.ts";
export { instrumentHandler } from "./handler/instrument-handler.ts";
export type { OpenClientOptions } from "./handler/open-client.ts";

// A cache of three layers, and queries by name over it.
export type { CacheClient } from "./cache/cache-client.ts";
export type { CacheStats } from "./cache/cache-counters.ts";
export type { CacheKind } from "./cache/cache-kinds.ts";
export type { Invalidated, LookupOptions } from "./cache/cache-manager.ts";
export { CacheManager, cacheManager } from "./cache/cache-manager.ts";
export type { CacheOptions } from "./cache/cache-options.ts";
export { CacheTimeoutError } from "./cache/cache-timeout-error.ts";
export type { CacheNamespace } from "./cache/l2-cache.ts";
export type { InvalidationFeed } from "./cache/invalidation-feed.ts";
export type {
  CacheFeedBinding,
  CacheInvalidation,
  CacheLog,
  CacheLogAnswer,
  CacheScope,
} from "../wire/cache-feed.ts";
export type { BindValue } from "./query/bind-value.ts";
export { defineQueries } from "./query/define-queries.ts";
export type { InsertResult } from "./query/insert-interrupted.ts";
export { InsertInterrupted } from "./query/insert-interrupted.ts";
export type { InsertOptions } from "./query/insert-many.ts";
export type { OnConflict } from "./query/insert-sql.ts";
export type { QueryAdvice } from "./query/advisor.ts";
export type { PlanAdvice, PlanFinding } from "./query/plan-advice.ts";
export type { QueryCatalogue, QueryDefinition } from "./query/query-catalogue.ts";
export type { QueryCall, QueryClient, QueryRunnerOptions } from "./query/query-runner.ts";
export { QueryRunner, queryRunner } from "./query/query-runner.ts";
export type { RowInput } from "./query/read-rows.ts";
export type { ResultCache } from "./query/result-cache.ts";

// What must hold, asked on a schedule.
export type { CheckProbesOptions } from "./probe/check-probes.ts";
export { checkProbes } from "./probe/check-probes.ts";
export type { ProbeSet } from "./probe/define-probes.ts";
export { defineProbes } from "./probe/define-probes.ts";
export type { HttpProbe, Probe, ProbeResult, SqlProbe } from "./probe/probe.ts";
export type { RunProbesOptions } from "./probe/run-probes.ts";
export { runProbes } from "./probe/run-probes.ts";
