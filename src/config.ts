import * as v from "valibot";
import type { RuleInput } from "./alerts/rule-input.ts";
import type { Language, Rule } from "./alerts/rule.ts";
import { compareText } from "./compare-text.ts";
import { type ConfigFault, faultsOf } from "./config-schema-parts.ts";
import { configSchema } from "./config-schema.ts";
import { defaultLimit, LIMITED_BY_DEFAULT } from "./limits/default-limits.ts";
import type { LimitRule } from "./limits/limit-rule.ts";
import { planLimit } from "./limits/plan-limits.ts";
import type { ChannelConfig } from "./notify/channel-config.ts";
import type { ChannelInput } from "./notify/channel-input.ts";
import type { OtlpConfig, OtlpConfigInput } from "./otlp/otlp-config.ts";
import { defaultTargetKind, type TargetKind } from "./target-kind.ts";

/** What is set for one target. */
export interface TargetConfig {
  /** What the target is. Default: by its name, else `platform`. See {@link TargetKind}. */
  readonly kind: TargetKind;
  /**
   * How many shards share the target's timings, 1 to 256. Default 1. One shard takes tens of
   * thousands of reports a second, so raise it only for a target that one shard cannot carry.
   */
  readonly shards: number;
  /**
   * How often it may be called, or false for as often as one likes. Default: by its name for meta,
   * google, tiktok, pinterest and reddit (see README), else false. `PUT /v1/limits/{target}`
   * overrides it at run time.
   */
  readonly limit: LimitRule | false;
}

/** How permits are handed to those who call. */
export interface LeasesConfig {
  /** Milliseconds that a holder may use a lease, 1,000 to 60,000. Default 10,000. */
  readonly leaseMs: number;
  /**
   * Milliseconds after which the bucket lets go of a lease that its holder no longer uses, 5,000 to
   * 60,000: as much as a holder's clock may lag, and as long as holders tell of it. Default 5,000.
   */
  readonly marginMs: number;
}

/** How often the coordinator ticks. */
export interface CadenceConfig {
  /** Milliseconds between ticks while somebody watches, 100 to 60,000. Default 500. */
  readonly watchedMs: number;
  /** Milliseconds between ticks while an alert is pending, 250 to 60,000. Default 1,000. */
  readonly pendingMs: number;
  /** Milliseconds between ticks with traffic, unwatched, 1,000 to 300,000. Default 10,000. */
  readonly idleMs: number;
  /** Milliseconds without traffic until it stops ticking, 1,000 to 3,600,000. Default 30,000. */
  readonly sleepAfterMs: number;
}

/** How long a reporter gathers timings before it sends them. */
export interface FlushConfig {
  /** Milliseconds while somebody watches, 10 to 60,000. Default 250. */
  readonly watchedMs: number;
  /** Milliseconds while nobody does, 10 to 60,000. Default 2,000. */
  readonly unwatchedMs: number;
}

/**
 * How long a shard waits for more reports to share a commit with. A tick takes along what waits, so
 * this delays answers to reporters and nothing else.
 */
export interface LingerConfig {
  /** Milliseconds while somebody watches, 0 to 1,000. Default 250, or `unwatchedMs` if that is less. */
  readonly watchedMs: number;
  /** Milliseconds while nobody does, 0 to 5,000. Default 250. */
  readonly unwatchedMs: number;
}

/** How a tick asks the shards. */
export interface CollectConfig {
  /** Milliseconds until a shard that has not answered is left out, 50 to 30,000. Default 1,000. */
  readonly deadlineMs: number;
  /** How many shards are asked at the same time, 1 to 64. Default 16. */
  readonly concurrency: number;
}

/** How long history is kept. */
export interface RetentionConfig {
  /** Days that a rollup of one minute is kept, 1 to 90. Default 7. */
  readonly minutesDays: number;
  /** Days that a rollup of one hour is kept, 1 to 730. Default 90. */
  readonly hoursDays: number;
  /** Days that a rollup of one day is kept, 1 to 3,650. Default 730. */
  readonly daysDays: number;
}

/** The live stream. */
export interface StreamConfig {
  /** Most subscribers of one tenant, WebSockets and SSE together, 1 to 32,000. Default 5,000. */
  readonly maxSubscribers: number;
  /** Ticks that are kept for whoever resumes, 0 to 1,000. Default 120: a minute while watched. */
  readonly replayTicks: number;
}

/** What is watched, and how often it is told. */
export interface AlertsConfig {
  /**
   * Every rule that is evaluated: the defaults of `src/alerts/default-rules.ts`, changed by what is
   * configured under their names, and the configured ones with names of their own. At most 100.
   */
  readonly rules: readonly Rule[];
  /**
   * Milliseconds after which a CRITICAL alert that fires and that nobody has acknowledged is told
   * again, 1,000 to 604,800,000 (a week). Default 300,000 (5 minutes).
   */
  readonly repeatCriticalMs: number;
  /** The same of any other alert that fires, 1,000 to 604,800,000. Default 14,400,000 (4 hours). */
  readonly repeatMs: number;
  /**
   * Milliseconds from the end of an incident until the next one of the same rule and series is told,
   * if it fires then; 0 to 86,400,000. Default 300,000 (5 minutes): what flaps is told once.
   */
  readonly cooldownMs: number;
  /**
   * Milliseconds that an alert without data waits until it ends, 0 to 604,800,000. Default
   * 3,600,000 (an hour).
   */
  readonly noDataHoldMs: number;
}

/** How messages are written. */
export interface MessagesConfig {
  /** `en` or `pt-BR`; a channel may have its own. Default `en`. */
  readonly language: Language;
  /** Name of the time zone in which times are told. Default `America/Sao_Paulo`. */
  readonly timeZone: string;
  /**
   * Where the dashboard is found, `http:` or `https:`, for links in messages; null for none.
   * Default null. Held without a slash at the end.
   */
  readonly dashboardUrl: string | null;
  /**
   * Where a trace can be looked at, for links on the page: an `https:` URL with `{traceId}` in it, as
   * `https://traces.example.com/trace/{traceId}`; null for none. Default null.
   */
  readonly traceUrl: string | null;
}

/** Which reports are sent to the channels that take them. */
export interface ReportsConfig {
  /** Whether there is a report every day. Default true. */
  readonly daily: boolean;
  /** Whether there is one on Monday about the week before. Default true. */
  readonly weekly: boolean;
  /** Hour of the day in `messages.timeZone`, 0 to 23. Default 9. */
  readonly hour: number;
}

/** How messages are delivered, and how one hears that nothing is delivered any more. */
export interface DeliveryConfig {
  /**
   * Whether a channel's URL may lead to a loopback, private or link-local address, and may be
   * `http:`. Default false.
   */
  readonly allowPrivateUrls: boolean;
  /**
   * Messages that are sent at the same time, 1 to 6; at most half of them through channels that
   * failed lately. Default 6: a Worker has as many connections.
   */
  readonly concurrency: number;
  /** Milliseconds until a channel that has not answered counts as failed, 100 to 30,000. Default 15,000. */
  readonly timeoutMs: number;
  /**
   * Failed attempts until a message is a dead letter, 1 to 500. Default 200: more than there are in
   * the 24 h for which a message is news at all.
   */
  readonly maxAttempts: number;
  /** Days that a message is kept after it was delivered or has died, 1 to 90. Default 7. */
  readonly keepDays: number;
  /**
   * Name of a binding with a URL that is called as long as all is well, for a dead man's switch
   * outside; null for none. Default null.
   */
  readonly heartbeatSecret: string | null;
  /** Milliseconds between two such calls, 1,000 to 3,600,000. Default 60,000. */
  readonly heartbeatMs: number;
  /**
   * Milliseconds without a tick that was due until the dispatcher says so, and the other way round,
   * 1,000 to 3,600,000 and at least twice `cadence.idleMs`. Default 120,000.
   */
  readonly watchdogMs: number;
}

/** Running totals that are pushed to an OpenTelemetry collector each minute, see docs/otlp.md. */
export interface OtlpExportConfig {
  /**
   * Whether totals are pushed; null for: as soon as the endpoint is set. True without an endpoint is
   * a fault that `/health/deep` shows. Default null.
   */
  readonly enabled: boolean | null;
  /** The tenants whose totals are pushed, 1 to 1,000; null for every one. Default null. */
  readonly tenants: readonly string[] | null;
  /**
   * Name of a binding with the URL of a collector, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it:
   * `/v1/metrics` is appended unless it ends so. `https:`, or what `delivery.allowPrivateUrls`
   * allows. Default `OTLP_ENDPOINT`.
   */
  readonly endpointSecret: string;
  /**
   * Name of a binding with headers that go along, as `OTEL_EXPORTER_OTLP_HEADERS` has them:
   * `key=value,key2=value2`. It need not be set. Default `OTLP_HEADERS`.
   */
  readonly headersSecret: string;
  /** Milliseconds until a collector that has not answered counts as failed, 100 to 30,000. Default 10,000. */
  readonly timeoutMs: number;
  /**
   * Most buckets of a histogram, 16 to 1,024: its scale is the finest that needs no more. Default
   * 160, what OpenTelemetry's SDKs send and so every backend takes; twice as many halve the error.
   */
  readonly maxBuckets: number;
}

/** The whole configuration, checked and with every default filled in. */
export interface TachographConfig {
  /**
   * What is set for single targets, by their names. A target need not be listed to be reported:
   * the others have the defaults of {@link TargetConfig}. Default: none.
   */
  readonly targets: Readonly<Record<string, TargetConfig>>;
  /** Most targets of one tenant, 1 to 1,000; timings of others are refused. Default 64. */
  readonly maxTargets: number;
  /** Most operations of one target, 1 to 255; further ones are counted as `other`. Default 64. */
  readonly maxOperationsPerTarget: number;
  readonly cadence: CadenceConfig;
  readonly flush: FlushConfig;
  readonly linger: LingerConfig;
  readonly collect: CollectConfig;
  readonly retention: RetentionConfig;
  readonly leases: LeasesConfig;
  readonly stream: StreamConfig;
  readonly alerts: AlertsConfig;
  /** Where alerts and reports are sent, by the channels' names; at most 32. Default: none. */
  readonly channels: Readonly<Record<string, ChannelConfig>>;
  readonly messages: MessagesConfig;
  readonly reports: ReportsConfig;
  readonly delivery: DeliveryConfig;
  readonly otlp: OtlpConfig;
  readonly otlpExport: OtlpExportConfig;
}

/** What `tachograph.config.ts` says: any part of a {@link TachographConfig}. */
export type TachographConfigInput = {
  readonly [
    Field in keyof Omit<TachographConfig, "targets" | "alerts" | "channels" | "otlp">
  ]?: TachographConfig[Field] extends number ? number : Partial<TachographConfig[Field]>;
} & {
  readonly targets?: Readonly<Record<string, Partial<TargetConfig>>>;
  readonly alerts?: Partial<Omit<AlertsConfig, "rules">> & {
    /**
     * By a rule's name: what is different from the default of that name (a new rule if it has
     * another metric), a whole new rule, or false to leave a default out.
     */
    readonly rules?: Readonly<Record<string, RuleInput | false>>;
  };
  readonly channels?: Readonly<Record<string, ChannelInput>>;
  readonly otlp?: OtlpConfigInput;
};

export type { ConfigFault } from "./config-schema-parts.ts";

/** Thrown for a configuration that cannot be used. The message names every fault, a line each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(
      ({ path, reason }) => `  ${path === "" ? reason : `${path}: ${reason}`}`,
    );
    super(`The configuration (tachograph.config.ts) cannot be used:\n${lines.join("\n")}`);
    this.faults = faults;
  }
}

/** Returns its argument: it gives `tachograph.config.ts` its types in an editor. */
export function defineConfig(input: TachographConfigInput): TachographConfigInput {
  return input;
}

/**
 * Checks a configuration and fills in the defaults.
 * @throws ConfigError that names every faulty field.
 */
export function parseConfig(input: unknown): TachographConfig {
  const parsed = v.safeParse(configSchema, input);
  if (parsed.success) return parsed.output;
  throw new ConfigError(faultsOf(parsed.issues));
}

/** The configuration as a tenant has it: with the channels that are its own. */
export function tenantConfig(config: TachographConfig, tenant: string): TachographConfig {
  const all = Object.entries(config.channels);
  const own = all.filter(([, { tenants }]) => tenants?.includes(tenant) ?? true);
  return own.length === all.length ? config : { ...config, channels: Object.fromEntries(own) };
}

/** What kind of target `target` is, listed or not. */
export function targetKind(config: TachographConfig, target: string): TargetKind {
  return configOf(config, target)?.kind ?? defaultTargetKind(target);
}

/** How many shards share the timings of `target`, listed or not. */
export function shardCount(config: TachographConfig, target: string): number {
  return configOf(config, target)?.shards ?? 1;
}

/** The configured limit of `target`, listed or not, or undefined if it has none. */
export function limitRule(config: TachographConfig, target: string): LimitRule | undefined {
  const listed = configOf(config, target);
  if (listed !== undefined) return listed.limit === false ? undefined : listed.limit;
  return defaultLimit(target) ?? planLimit(target);
}

/** Every target that has a limit by configuration or by default, in order. */
export function limitedTargets(config: TachographConfig): readonly string[] {
  const names = new Set([...LIMITED_BY_DEFAULT, ...Object.keys(config.targets)]);
  return [...names].filter((name) => limitRule(config, name) !== undefined).toSorted(compareText);
}

/** `constructor` is a valid name: only the record's own entries count. */
function configOf(config: TachographConfig, target: string): TargetConfig | undefined {
  return Object.hasOwn(config.targets, target) ? config.targets[target] : undefined;
}
