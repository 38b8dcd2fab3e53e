import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Exemplar } from "../../exemplar.ts";
import { inUnit, MEASURES } from "../../measures.ts";
import type { SeriesTotals } from "../../merge/series-totals.ts";
import { OTLP_FIELDS } from "../../otlp/otlp-fields.ts";
import { OUTCOMES } from "../../outcome.ts";
import type { TargetKind } from "../../target-kind.ts";
import { expectedOutcomes } from "../expected-outcomes.ts";
import { CALLS_METRIC, DURATION_METRIC, FIRST_MEASURE_METRIC } from "./exported-metrics.ts";
import { fitBuckets } from "./fit-buckets.ts";
import { writeKeyValue } from "./write-key-value.ts";

/** What is pushed of a series. */
export type ExportedSeries = Pick<
  SeriesTotals,
  "name" | "createdAt" | "count" | "outcomes" | "sumUs" | "measures" | "native"
>;

/** What the points of a series say beside its totals. */
export interface PointContext {
  /** When the totals were these, epoch milliseconds. */
  readonly at: number;
  /** At most so many buckets in a histogram. */
  readonly maxBuckets: number;
  readonly kindOf: (target: string) => TargetKind;
  /** Calls that a series counted since the last push. */
  readonly exemplarsOf: (series: ExportedSeries) => readonly Exemplar[];
}

/** One data point: an encoded message without its tag and length. */
export interface EncodedPoint {
  /** Its position in `EXPORTED_METRICS`. */
  readonly metric: number;
  readonly body: Uint8Array;
}

const { LengthDelimited, Bit64, Varint } = WireType;
const US_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1_000;

/** Every point of a series. What it never had has none: a series of measures alone has no calls. */
export function seriesPoints(series: ExportedSeries, context: PointContext): EncodedPoint[] {
  const labels = labelsOf(series, context);
  const points: EncodedPoint[] = [];
  if (series.count > 0) {
    const body = histogramPoint(series, labels, context);
    points.push({ metric: DURATION_METRIC, body }, ...callPoints(series, labels, context));
  }
  for (const [code, { parts }] of series.measures ?? []) {
    const measure = MEASURES[code];
    // A measure that only a newer version knows is kept, and told by that one.
    if (measure === undefined) continue;
    const inSeconds = measure.name === "sqlMs" || measure.name === "waitMs";
    const value = inUnit(code, parts) / (inSeconds ? MS_PER_SECOND : 1);
    const isWhole = measure.resolution === 1;
    // A newest value is of no stretch of time.
    const startAt = measure.kind === "sum" ? startOf(series, context) : undefined;
    const body = numberPoint({ labels, startAt, at: context.at, value, isWhole });
    points.push({ metric: FIRST_MEASURE_METRIC + code, body });
  }
  return points;
}

/** A clock that went back must not make a total that ends before it begins. */
function startOf({ createdAt }: ExportedSeries, { at }: PointContext): number {
  return Math.min(createdAt, at);
}

function labelsOf({ name }: ExportedSeries, { kindOf }: PointContext): readonly Uint8Array[] {
  return [
    writeKeyValue("tachograph.target", name.target),
    writeKeyValue("tachograph.kind", kindOf(name.target)),
    writeKeyValue("tachograph.operation", name.operation),
  ];
}

function callPoints(
  series: ExportedSeries,
  labels: readonly Uint8Array[],
  context: PointContext,
): EncodedPoint[] {
  const startAt = startOf(series, context);
  const expected = expectedOutcomes(context.kindOf(series.name.target));
  return OUTCOMES.flatMap((outcome, code) => {
    const value = series.outcomes[code] ?? 0;
    if (value === 0 && !expected.includes(outcome)) return [];
    const all = [...labels, writeKeyValue("tachograph.outcome", outcome)];
    const body = numberPoint({ labels: all, startAt, at: context.at, value, isWhole: true });
    return [{ metric: CALLS_METRIC, body }];
  });
}

interface NumberPoint {
  readonly labels: readonly Uint8Array[];
  readonly startAt: number | undefined;
  readonly at: number;
  readonly value: number;
  readonly isWhole: boolean;
}

function numberPoint({ labels, startAt, at, value, isWhole }: NumberPoint): Uint8Array {
  const fields = OTLP_FIELDS.numberDataPoint;
  const writer = new BinaryWriter();
  if (startAt !== undefined) writeNanos(writer, fields.startTimeUnixNano, startAt);
  writeNanos(writer, fields.timeUnixNano, at);
  if (isWhole) writer.tag(fields.asInt, Bit64).sfixed64(value);
  else writer.tag(fields.asDouble, Bit64).double(value);
  for (const label of labels) writer.tag(fields.attributes, LengthDelimited).bytes(label);
  return writer.finish();
}

function histogramPoint(
  series: ExportedSeries,
  labels: readonly Uint8Array[],
  context: PointContext,
): Uint8Array {
  const fields = OTLP_FIELDS.exponentialHistogramDataPoint;
  const { scale, offset, counts } = fitBuckets(series.native, context.maxBuckets);
  const writer = new BinaryWriter();
  for (const label of labels) writer.tag(fields.attributes, LengthDelimited).bytes(label);
  writeNanos(writer, fields.startTimeUnixNano, startOf(series, context));
  writeNanos(writer, fields.timeUnixNano, context.at);
  writer.tag(fields.count, Bit64).fixed64(series.count);
  writer.tag(fields.sum, Bit64).double(series.sumUs / US_PER_SECOND);
  writer.tag(fields.scale, Varint).sint32(scale);
  writer.tag(fields.zeroCount, Bit64).fixed64(series.native.zeroCount);
  if (counts.length > 0) {
    writer.tag(fields.positive, LengthDelimited).fork();
    writer.tag(OTLP_FIELDS.buckets.offset, Varint).sint32(offset);
    writer.tag(OTLP_FIELDS.buckets.bucketCounts, LengthDelimited).fork();
    for (const count of counts) writer.uint64(count);
    writer.join().join();
  }
  for (const exemplar of context.exemplarsOf(series)) {
    writer.tag(fields.exemplars, LengthDelimited).fork();
    writeExemplar(writer, exemplar);
    writer.join();
  }
  return writer.finish();
}

function writeExemplar(writer: BinaryWriter, exemplar: Exemplar): void {
  const { traceId, spanId, durationUs, at } = exemplar;
  const fields = OTLP_FIELDS.exemplar;
  writeNanos(writer, fields.timeUnixNano, at);
  writer.tag(fields.asDouble, Bit64).double(durationUs / US_PER_SECOND);
  if (spanId !== undefined) writer.tag(fields.spanId, LengthDelimited).bytes(bytesOf(spanId));
  writer.tag(fields.traceId, LengthDelimited).bytes(bytesOf(traceId));
}

function bytesOf(hexadecimal: string): Uint8Array {
  return Uint8Array.from(hexadecimal.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Nanoseconds of the epoch are beyond what a number holds exactly. */
function writeNanos(writer: BinaryWriter, field: number, atMs: number): void {
  writer.tag(field, Bit64).fixed64(BigInt(Math.trunc(atMs)) * 1_000_000n);
}
