import { ExportMetricsServiceRequest, ExportMetricsServiceResponse } from "./otlp-services.ts";

/** A data point of any kind, as the official definitions read it. */
export interface OtlpPoint {
  readonly attributes: Readonly<Record<string, string>>;
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly value?: number | undefined;
  readonly isInt?: boolean | undefined;
  readonly count?: number | undefined;
  readonly sum?: number | undefined;
  readonly scale?: number | undefined;
  readonly zeroCount?: number | undefined;
  readonly offset?: number | undefined;
  readonly bucketCounts?: readonly number[] | undefined;
  readonly exemplars: readonly {
    readonly timeUnixNano: bigint;
    readonly value: number;
    readonly traceId: string;
    readonly spanId: string;
  }[];
}

export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: "exponentialHistogram" | "sum" | "gauge" | "other";
  /** 2 is cumulative; 0 for what has none. */
  readonly temporality: number;
  readonly isMonotonic: boolean;
  readonly points: readonly OtlpPoint[];
}

export interface OtlpRequest {
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: { readonly name: string; readonly version: string };
  readonly metrics: readonly OtlpMetric[];
}

/* What `toObject` makes of a message: 64-bit numbers are texts, bytes hexadecimal below. */
interface RawValue {
  readonly stringValue?: string;
}
interface RawAttribute {
  readonly key: string;
  readonly value: RawValue;
}
interface RawExemplar {
  readonly timeUnixNano: string;
  readonly asDouble: number;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
}
interface RawPoint {
  readonly attributes: readonly RawAttribute[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asInt?: string;
  readonly asDouble?: number;
  readonly count?: string;
  readonly sum?: number;
  readonly scale?: number;
  readonly zeroCount?: string;
  readonly positive?: { readonly offset: number; readonly bucketCounts: readonly string[] } | null;
  readonly exemplars?: readonly RawExemplar[];
}
interface RawData {
  readonly dataPoints: readonly RawPoint[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}
interface RawMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly exponentialHistogram?: RawData | null;
  readonly sum?: RawData | null;
  readonly gauge?: RawData | null;
}
interface RawRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly RawAttribute[] };
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly metrics: readonly RawMetric[];
    }[];
  }[];
}

/**
 * Reads a request by the official protobuf definitions, and checks that they would write it so: there
 * is no field in it that they do not know.
 */
export function decodeOtlp(body: Uint8Array): OtlpRequest {
  const message = ExportMetricsServiceRequest.decode(body);
  const problem = ExportMetricsServiceRequest.verify(message);
  if (problem !== null) throw new Error(problem);
  const { length } = ExportMetricsServiceRequest.encode(message).finish();
  if (length !== body.length) throw new Error(`${body.length} bytes say what ${length} would`);
  const options = { longs: String, defaults: true, arrays: true };
  const raw = ExportMetricsServiceRequest.toObject(message, options) as RawRequest;
  const [all, ...others] = raw.resourceMetrics;
  const [scoped, ...otherScopes] = all?.scopeMetrics ?? [];
  if (all === undefined || scoped === undefined || others.length + otherScopes.length > 0) {
    throw new Error("a request has one resource and one scope");
  }
  const { name, version } = scoped.scope;
  return {
    resource: attributesOf(all.resource.attributes),
    scope: { name, version },
    metrics: scoped.metrics.map(toMetric),
  };
}

/** What a collector that does not take everything answers, by the official definitions. */
export function encodePartialSuccess(rejectedDataPoints: number, errorMessage: string): Uint8Array {
  const plain = { partialSuccess: { rejectedDataPoints, errorMessage } };
  return ExportMetricsServiceResponse.encode(
    ExportMetricsServiceResponse.fromObject(plain),
  ).finish();
}

function toMetric(raw: RawMetric): OtlpMetric {
  const { name, unit, description, exponentialHistogram, sum, gauge } = raw;
  const data = exponentialHistogram ?? sum ?? gauge;
  const kind = exponentialHistogram ? "exponentialHistogram" : sum ? "sum" : "gauge";
  return {
    name,
    unit,
    description,
    kind: data ? kind : "other",
    temporality: data?.aggregationTemporality ?? 0,
    isMonotonic: data?.isMonotonic ?? false,
    points: (data?.dataPoints ?? []).map(toPoint),
  };
}

function toPoint(raw: RawPoint): OtlpPoint {
  const { asInt, asDouble, count, sum, scale, zeroCount, positive } = raw;
  return {
    attributes: attributesOf(raw.attributes),
    startTimeUnixNano: BigInt(raw.startTimeUnixNano),
    timeUnixNano: BigInt(raw.timeUnixNano),
    value: asInt === undefined ? asDouble : Number(asInt),
    isInt: asInt !== undefined,
    count: count === undefined ? undefined : Number(count),
    sum,
    scale,
    zeroCount: zeroCount === undefined ? undefined : Number(zeroCount),
    offset: positive?.offset,
    bucketCounts: positive?.bucketCounts.map(Number),
    exemplars: (raw.exemplars ?? []).map((exemplar) => ({
      timeUnixNano: BigInt(exemplar.timeUnixNano),
      value: exemplar.asDouble,
      traceId: Buffer.from(exemplar.traceId).toString("hex"),
      spanId: Buffer.from(exemplar.spanId).toString("hex"),
    })),
  };
}

function attributesOf(raw: readonly RawAttribute[]): Readonly<Record<string, string>> {
  return Object.fromEntries(raw.map(({ key, value }) => [key, value.stringValue ?? ""]));
}
