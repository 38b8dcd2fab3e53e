import type { MEASURES, MeasureName } from "../measures.ts";

/** Units in which a metric may count time: the codes that OpenTelemetry takes from UCUM. */
export const TIME_UNITS = ["s", "ms", "us", "ns", "min", "h", "d"] as const;

export type TimeUnit = (typeof TIME_UNITS)[number];

/** The measures that are added up, as what a monotonic sum counts can be. */
export type SummedMeasure = Extract<(typeof MEASURES)[number], { kind: "sum" }>["name"] &
  MeasureName;

/** Which end of a call a metric was measured at: it decides what a status means. */
export const CALL_SIDES = ["client", "server"] as const;

export type CallSide = (typeof CALL_SIDES)[number];

/** How the points of one metric are counted. */
export interface OtlpMetricConfig {
  /**
   * The measure that a monotonic sum adds to: `rowsRead`, `rowsWritten`, `sqlMs`, `waitMs`, `slow`
   * or `retries`. Null for a histogram of durations, whose values become timings. Default null.
   */
  readonly measure: SummedMeasure | null;
  /** The unit of a metric of time that names none: s, ms, us, ns, min, h or d. Default `s`. */
  readonly unit: TimeUnit;
  /**
   * The target of every point that has no attribute `tachograph.target`; null to take it from
   * `targetFrom`. Default null.
   */
  readonly target: string | null;
  /**
   * Attributes of the point, its scope or its resource; the first one that is there is looked up in
   * `otlp.hosts`. What is not there is made into a name; but of a host (`server.address`,
   * `net.peer.name`) the target is `http`, and the host the operation. At most 16. Default
   * `server.address`.
   */
  readonly targetFrom: readonly string[];
  /**
   * Attributes as above; the first one that is there is made into the operation's name. At most 16.
   * Default `url.template`, `http.request.method`.
   */
  readonly operationFrom: readonly string[];
  /** The operation of points that have none of these. Default `call`. */
  readonly operation: string;
  /**
   * What a status means, where no attribute `tachograph.outcome` says how calls ended. `client`: 429
   * is rate_limited, 408 and 504 are a timeout, others from 400 on an error. `server`: errors begin
   * at 500. Default `client`.
   */
  readonly side: CallSide;
}

/** What becomes of metrics that OpenTelemetry SDKs and collectors send to `POST /v1/metrics`. */
export interface OtlpConfig {
  /**
   * How metrics are counted, by their names; at most 64. `http.client.duration` and
   * `http.server.duration`, their old names, need no more than `{}`. Default: `http.client.request.duration` and
   * `http.server.request.duration`, as `src/otlp/otlp-defaults.ts` has them.
   */
  readonly metrics: Readonly<Record<string, OtlpMetricConfig>>;
  /**
   * The targets of hosts. `facebook.com` is also for hosts below it, a longer name goes before a
   * shorter one, and `*` is for all others, which else are operations of the target `http`. At most 256.
   * Default: those of the platforms, `src/otlp/otlp-defaults.ts`; what is configured is added.
   */
  readonly hosts: Readonly<Record<string, string>>;
  /**
   * What becomes of the points of other metrics: `reject` counts them as rejected in the answer, which
   * senders log; `ignore` drops them without a word. Default `reject`.
   */
  readonly others: "reject" | "ignore";
}

/** What `tachograph.config.ts` may say of it. */
export interface OtlpConfigInput {
  /** By a metric's name: what is different from its default, or false to leave a default out. */
  readonly metrics?: Readonly<Record<string, Partial<OtlpMetricConfig> | false>>;
  readonly hosts?: Readonly<Record<string, string>>;
  readonly others?: OtlpConfig["others"];
}
