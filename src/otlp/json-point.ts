import {
  jsonCount,
  jsonDouble,
  type JsonFields,
  jsonInteger,
  jsonList,
  jsonObject,
} from "./json-fields.ts";
import { MAX_BUCKETS, MAX_EXEMPLARS } from "./otlp-limits.ts";
import type { OtlpExemplar, OtlpMetricKind, OtlpPoint } from "./otlp-model.ts";
import { BAD_TIME, NO_RECORDED_VALUE, TOO_MANY_BUCKETS } from "./point-parts.ts";

/** The kinds of metrics whose points are read. */
export type PointKind = Exclude<OtlpMetricKind, "gauge" | "summary" | "none">;

/** Reads a data point but for its attributes. @throws OtlpError for another shape. */
export function jsonPoint(kind: PointKind, point: JsonFields): Omit<OtlpPoint, "attributes"> {
  const { value, isTooLong } = readValue(kind, point);
  return {
    startNs: readNanos(point["startTimeUnixNano"]),
    timeNs: readNanos(point["timeUnixNano"]),
    isEmpty: (jsonCount(point["flags"]) & NO_RECORDED_VALUE) !== 0,
    value,
    exemplars: jsonList(point["exemplars"], "exemplars").slice(0, MAX_EXEMPLARS).map(readExemplar),
    fault: isTooLong ? TOO_MANY_BUCKETS : undefined,
  };
}

interface ReadValue {
  readonly value: OtlpPoint["value"];
  /** Whether there are more buckets than are read. */
  readonly isTooLong: boolean;
}

function readValue(kind: PointKind, point: JsonFields): ReadValue {
  if (kind === "sum") {
    return { value: { kind: "number", value: readNumber(point) }, isTooLong: false };
  }
  const distribution = {
    count: jsonCount(point["count"]),
    sum: readOptional(point["sum"]),
    min: readOptional(point["min"]),
    max: readOptional(point["max"]),
  };
  if (kind === "histogram") {
    const bounds = readBuckets(point["explicitBounds"], "explicitBounds", jsonDouble);
    const counts = readBuckets(point["bucketCounts"], "bucketCounts", jsonCount);
    return {
      value: { kind, ...distribution, bounds: bounds ?? [], counts: counts ?? [] },
      isTooLong: bounds === undefined || counts === undefined,
    };
  }
  const positive = jsonObject(point["positive"], "positive");
  const negative = jsonObject(point["negative"], "negative");
  const counts = readBuckets(positive["bucketCounts"], "bucketCounts", jsonCount);
  const below = readBuckets(negative["bucketCounts"], "bucketCounts", jsonCount);
  return {
    value: {
      kind,
      ...distribution,
      scale: jsonCount(point["scale"]),
      zeroCount: jsonCount(point["zeroCount"]),
      zeroThreshold: readOptional(point["zeroThreshold"]) ?? 0,
      offset: jsonCount(positive["offset"]),
      counts: counts ?? [],
      negativeCount: (below ?? []).reduce((sum, count) => sum + count, 0),
    },
    isTooLong: counts === undefined || below === undefined,
  };
}

/** Undefined for more than may be: they are not gone through. */
function readBuckets(
  value: unknown,
  what: string,
  readOne: (item: unknown) => number,
): readonly number[] | undefined {
  const items = jsonList(value, what);
  return items.length > MAX_BUCKETS ? undefined : items.map(readOne);
}

function readNumber(point: JsonFields): number {
  const { asInt, asDouble } = point;
  if ((asInt ?? null) !== null) return Number(jsonInteger(asInt) ?? Number.NaN);
  return jsonDouble(asDouble);
}

function readOptional(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : jsonDouble(value);
}

function readNanos(value: unknown): bigint {
  if (value === undefined || value === null) return 0n;
  return jsonInteger(value) ?? BAD_TIME;
}

function readExemplar(entry: unknown): OtlpExemplar {
  const fields = jsonObject(entry, "An entry of exemplars");
  return {
    timeNs: readNanos(fields["timeUnixNano"]),
    value: readNumber(fields),
    traceId: readId(fields["traceId"]),
    spanId: readId(fields["spanId"]),
  };
}

/** An id that is no text is none: an exemplar is not worth refusing a point for. */
function readId(value: unknown): string {
  return typeof value === "string" ? value.toLowerCase() : "";
}
