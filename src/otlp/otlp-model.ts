/** What an attribute says. */
export interface OtlpAttribute {
  /** `none` for a value that is not set. */
  readonly type: "string" | "bool" | "int" | "double" | "bytes" | "list" | "map" | "none";
  /**
   * The value as text: digits, `true`, hexadecimal digits of bytes; of lists and maps a JSON text
   * that is the same for the same value.
   */
  readonly text: string;
}

/** Attributes by their keys. */
export interface OtlpAttributes {
  readonly values: ReadonlyMap<string, OtlpAttribute>;
  /** Why not all of them were kept; undefined if they were. What they belong to is then refused. */
  readonly fault: string | undefined;
}

/** One measured call that a point counts. */
export interface OtlpExemplar {
  readonly timeNs: bigint;
  /** In the unit of the metric; NaN if the sender gave none. */
  readonly value: number;
  /** Lower-case hexadecimal digits, as sent: of any length, empty if there is none. */
  readonly traceId: string;
  readonly spanId: string;
}

/** What histograms of both kinds have. Numbers are as sent: they are checked where they are used. */
interface OtlpDistribution {
  readonly count: number;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface OtlpHistogram extends OtlpDistribution {
  readonly kind: "histogram";
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

export interface OtlpExponentialHistogram extends OtlpDistribution {
  readonly kind: "exponentialHistogram";
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  /** Buckets of positive values. */
  readonly offset: number;
  readonly counts: readonly number[];
  /** How many values below zero there are. */
  readonly negativeCount: number;
}

interface OtlpNumber {
  readonly kind: "number";
  readonly value: number;
}

/** One data point. */
export interface OtlpPoint {
  readonly attributes: OtlpAttributes;
  /** Nanoseconds since 1970; 0 if the sender gave none. */
  readonly startNs: bigint;
  readonly timeNs: bigint;
  /** Whether the point only says that nothing was recorded. */
  readonly isEmpty: boolean;
  readonly value: OtlpHistogram | OtlpExponentialHistogram | OtlpNumber;
  readonly exemplars: readonly OtlpExemplar[];
  /** Why the point could not be read as it was meant; undefined if it could. */
  readonly fault: string | undefined;
}

export type OtlpMetricKind =
  | "histogram"
  | "exponentialHistogram"
  | "sum"
  | "gauge"
  | "summary"
  | "none";

/** What the points of a metric count from: the point before, or the start of the stream. */
export type OtlpTemporality = "unspecified" | "delta" | "cumulative";

/** The part of a metric in which its points are. */
export interface OtlpData {
  readonly kind: OtlpMetricKind;
  readonly temporality: OtlpTemporality;
  /** Of a sum: whether it never goes down. */
  readonly isMonotonic: boolean;
  /** Empty for gauges and summaries, of which nothing is taken. */
  readonly points: readonly OtlpPoint[];
  /** How many points there are, those that were not kept included. */
  readonly pointCount: number;
}

export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly data: OtlpData;
}

/** The metrics of one instrumentation library. */
export interface OtlpScope {
  readonly name: string;
  readonly version: string;
  readonly attributes: OtlpAttributes;
  readonly metrics: readonly OtlpMetric[];
}

/** What one sender (a process, mostly) measured. */
export interface OtlpResource {
  readonly attributes: OtlpAttributes;
  readonly scopes: readonly OtlpScope[];
}

/** A metrics export request, without what nothing is done with. */
export type OtlpRequest = readonly OtlpResource[];

export const NO_ATTRIBUTES: OtlpAttributes = { values: new Map(), fault: undefined };

export const NO_DATA: OtlpData = {
  kind: "none",
  temporality: "unspecified",
  isMonotonic: false,
  points: [],
  pointCount: 0,
};
