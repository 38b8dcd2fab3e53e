import { Buffer } from "node:buffer";
import { AttributeSet } from "./attribute-set.ts";
import { OTLP_FIELDS } from "./otlp-fields.ts";
import { MAX_BUCKETS, MAX_EXEMPLARS } from "./otlp-limits.ts";
import type { OtlpExemplar, OtlpPoint } from "./otlp-model.ts";
import { NO_RECORDED_VALUE, TOO_MANY_BUCKETS } from "./point-parts.ts";
import { readAttribute } from "./protobuf-attribute.ts";
import { exactNumber, type ProtobufFields } from "./protobuf-fields.ts";

/** What points of every kind have, but for their value. */
class PointParts {
  readonly #attributes = new AttributeSet();
  readonly #exemplars: OtlpExemplar[] = [];
  startNs = 0n;
  timeNs = 0n;
  isEmpty = false;
  fault: string | undefined;

  addAttribute(fields: ProtobufFields): void {
    readAttribute(fields.message("KeyValue"), this.#attributes);
  }

  addExemplar(fields: ProtobufFields): void {
    const exemplar = fields.message("Exemplar");
    if (this.#exemplars.length < MAX_EXEMPLARS) this.#exemplars.push(readExemplar(exemplar));
  }

  readFlags(fields: ProtobufFields): void {
    this.isEmpty = (fields.uint32() & NO_RECORDED_VALUE) !== 0;
  }

  finish(value: OtlpPoint["value"]): OtlpPoint {
    const { startNs, timeNs, isEmpty, fault } = this;
    const attributes = this.#attributes.finish();
    return { attributes, startNs, timeNs, isEmpty, value, exemplars: this.#exemplars, fault };
  }
}

/** Reads a `NumberDataPoint`. @throws OtlpError */
export function readNumberPoint(fields: ProtobufFields): OtlpPoint {
  const parts = new PointParts();
  let value = Number.NaN;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.numberDataPoint.startTimeUnixNano) parts.startNs = fields.fixed64();
    else if (field === OTLP_FIELDS.numberDataPoint.timeUnixNano) parts.timeNs = fields.fixed64();
    else if (field === OTLP_FIELDS.numberDataPoint.asDouble) value = fields.double();
    else if (field === OTLP_FIELDS.numberDataPoint.exemplars) parts.addExemplar(fields);
    else if (field === OTLP_FIELDS.numberDataPoint.asInt) value = Number(fields.sfixed64());
    else if (field === OTLP_FIELDS.numberDataPoint.attributes) parts.addAttribute(fields);
    else if (field === OTLP_FIELDS.numberDataPoint.flags) parts.readFlags(fields);
  }
  return parts.finish({ kind: "number", value });
}

/** Reads a `HistogramDataPoint`. @throws OtlpError */
export function readHistogramPoint(fields: ProtobufFields): OtlpPoint {
  const parts = new PointParts();
  const bounds: number[] = [];
  const counts: number[] = [];
  let count = 0;
  let sum: number | undefined;
  let min: number | undefined;
  let max: number | undefined;
  let fits = true;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.histogramDataPoint.startTimeUnixNano)
      parts.startNs = fields.fixed64();
    else if (field === OTLP_FIELDS.histogramDataPoint.timeUnixNano) parts.timeNs = fields.fixed64();
    else if (field === OTLP_FIELDS.histogramDataPoint.count) count = exactNumber(fields.fixed64());
    else if (field === OTLP_FIELDS.histogramDataPoint.sum) sum = fields.double();
    else if (field === OTLP_FIELDS.histogramDataPoint.bucketCounts)
      fits = fields.numbersInto(counts, "fixed64", MAX_BUCKETS) && fits;
    else if (field === OTLP_FIELDS.histogramDataPoint.explicitBounds)
      fits = fields.numbersInto(bounds, "double", MAX_BUCKETS) && fits;
    else if (field === OTLP_FIELDS.histogramDataPoint.exemplars) parts.addExemplar(fields);
    else if (field === OTLP_FIELDS.histogramDataPoint.attributes) parts.addAttribute(fields);
    else if (field === OTLP_FIELDS.histogramDataPoint.flags) parts.readFlags(fields);
    else if (field === OTLP_FIELDS.histogramDataPoint.min) min = fields.double();
    else if (field === OTLP_FIELDS.histogramDataPoint.max) max = fields.double();
  }
  if (!fits) parts.fault = TOO_MANY_BUCKETS;
  return parts.finish({ kind: "histogram", count, sum, min, max, bounds, counts });
}

/** Reads an `ExponentialHistogramDataPoint`. @throws OtlpError */
export function readExponentialPoint(fields: ProtobufFields): OtlpPoint {
  const parts = new PointParts();
  let count = 0;
  let sum: number | undefined;
  let min: number | undefined;
  let max: number | undefined;
  let scale = 0;
  let zeroCount = 0;
  let zeroThreshold = 0;
  let positive: Buckets = NO_BUCKETS;
  let negative: Buckets = NO_BUCKETS;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.exponentialHistogramDataPoint.attributes) parts.addAttribute(fields);
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.startTimeUnixNano)
      parts.startNs = fields.fixed64();
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.timeUnixNano)
      parts.timeNs = fields.fixed64();
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.count)
      count = exactNumber(fields.fixed64());
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.sum) sum = fields.double();
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.scale) scale = fields.sint32();
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.zeroCount)
      zeroCount = exactNumber(fields.fixed64());
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.positive)
      positive = readBuckets(fields.message("Buckets"));
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.negative)
      negative = readBuckets(fields.message("Buckets"));
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.flags) parts.readFlags(fields);
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.exemplars)
      parts.addExemplar(fields);
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.min) min = fields.double();
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.max) max = fields.double();
    else if (field === OTLP_FIELDS.exponentialHistogramDataPoint.zeroThreshold)
      zeroThreshold = fields.double();
  }
  if (!positive.fits || !negative.fits) parts.fault = TOO_MANY_BUCKETS;
  const { offset, counts } = positive;
  const negativeCount = negative.counts.reduce((total, below) => total + below, 0);
  const buckets = { scale, zeroCount, zeroThreshold, offset, counts, negativeCount };
  return parts.finish({ kind: "exponentialHistogram", count, sum, min, max, ...buckets });
}

interface Buckets {
  readonly offset: number;
  readonly counts: readonly number[];
  readonly fits: boolean;
}

const NO_BUCKETS: Buckets = { offset: 0, counts: [], fits: true };

function readBuckets(fields: ProtobufFields): Buckets {
  const counts: number[] = [];
  let offset = 0;
  let fits = true;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.buckets.offset) offset = fields.sint32();
    else if (field === OTLP_FIELDS.buckets.bucketCounts)
      fits = fields.numbersInto(counts, "uint64", MAX_BUCKETS) && fits;
  }
  return { offset, counts, fits };
}

function readExemplar(fields: ProtobufFields): OtlpExemplar {
  let timeNs = 0n;
  let value = Number.NaN;
  let spanId = "";
  let traceId = "";
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.exemplar.timeUnixNano) timeNs = fields.fixed64();
    else if (field === OTLP_FIELDS.exemplar.asDouble) value = fields.double();
    else if (field === OTLP_FIELDS.exemplar.spanId) spanId = hex(fields.bytes());
    else if (field === OTLP_FIELDS.exemplar.traceId) traceId = hex(fields.bytes());
    else if (field === OTLP_FIELDS.exemplar.asInt) value = Number(fields.sfixed64());
  }
  return { timeNs, value, traceId, spanId };
}

function hex(bytes: Uint8Array): string {
  // Nothing longer than a trace id is one.
  return Buffer.from(bytes.subarray(0, 17)).toString("hex");
}
