import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Exemplar } from "../exemplar.ts";
import { exemplarIn } from "./exemplar-in.ts";
import type { HistogramSample, Labels, MetricFamily, NumberSample } from "./metric-family.ts";
import { nativeSpans } from "./native-spans.ts";

/** `io.prometheus.client.MetricType`. */
const TYPES = { counter: 0, gauge: 1, histogram: 4 } as const;

/** The field of `io.prometheus.client.Metric` that a value of each type is in. */
const VALUE_FIELDS = { counter: 3, gauge: 2, histogram: 7 } as const;

/**
 * The longest that anything is taken for no time at all, seconds; as client libraries have it. Above
 * 0, because that is how a native histogram is told from a classic one while it is empty.
 */
const ZERO_THRESHOLD_SECONDS = 2 ** -128;

/**
 * A message begins with its length, so a family has to be made before it is sent. One that would be
 * longer goes on in a further message of the same name, so that memory stays bounded.
 */
const MAX_MESSAGE_BYTES = 1_048_576;

/** Counters and gauges that are handed on together: they are short, and each piece costs. */
const NUMBERS_A_PIECE = 64;

/** Whole numbers from here on are written the long way. */
const SHORT_LIMIT = 2 ** 31;

/**
 * Prometheus' protobuf format, length-delimited `io.prometheus.client.MetricFamily`, in pieces.
 * Histograms are classic and native in one message; the scraper takes what it is set to take.
 */
export function* prometheusProtobuf(
  families: Iterable<MetricFamily>,
  maxMessageBytes = MAX_MESSAGE_BYTES,
): Generator<Uint8Array> {
  const writer = new BinaryWriter();
  for (const family of families) {
    const head = headOf(writer, family);
    let metrics: Uint8Array[] = [];
    let sizeBytes = head.byteLength;
    for (const metric of metricsOf(writer, family)) {
      metrics.push(metric);
      sizeBytes += metric.byteLength;
      if (sizeBytes < maxMessageBytes) continue;
      yield* messageOf(writer, head, metrics, sizeBytes);
      metrics = [];
      sizeBytes = head.byteLength;
    }
    if (metrics.length > 0) yield* messageOf(writer, head, metrics, sizeBytes);
  }
}

function* messageOf(
  writer: BinaryWriter,
  head: Uint8Array,
  metrics: readonly Uint8Array[],
  sizeBytes: number,
): Generator<Uint8Array> {
  yield writer.uint32(sizeBytes).finish();
  yield head;
  yield* metrics;
}

function headOf(writer: BinaryWriter, { name, type, help, unit }: MetricFamily): Uint8Array {
  writer.tag(1, WireType.LengthDelimited).string(type === "counter" ? `${name}_total` : name);
  writer.tag(2, WireType.LengthDelimited).string(help);
  writer.tag(3, WireType.Varint).uint32(TYPES[type]);
  if (unit !== undefined) writer.tag(5, WireType.LengthDelimited).string(unit);
  return writer.finish();
}

/** The samples, each as field 4 of its family; the writer must be empty between two pieces. */
function* metricsOf(writer: BinaryWriter, family: MetricFamily): Generator<Uint8Array> {
  if (family.type === "histogram") {
    for (const sample of family.samples) {
      begin(writer, sample.labels, VALUE_FIELDS.histogram);
      writeHistogram(writer, sample);
      yield writer.join().join().finish();
    }
    return;
  }
  let waiting = 0;
  for (const sample of family.samples) {
    begin(writer, sample.labels, VALUE_FIELDS[family.type]);
    writeNumber(writer, sample);
    writer.join().join();
    waiting = (waiting + 1) % NUMBERS_A_PIECE;
    if (waiting === 0) yield writer.finish();
  }
  if (waiting > 0) yield writer.finish();
}

function begin(writer: BinaryWriter, labels: Labels, valueField: number): void {
  writer.tag(4, WireType.LengthDelimited).fork();
  writeLabels(writer, labels);
  writer.tag(valueField, WireType.LengthDelimited).fork();
}

function writeLabels(writer: BinaryWriter, labels: Labels): void {
  for (const [name, value] of labels) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(name);
    writer.tag(2, WireType.LengthDelimited).string(value);
    writer.join();
  }
}

/** A counter and a gauge have their value in the same field; only a counter has been created. */
function writeNumber(writer: BinaryWriter, { value, createdAt }: NumberSample): void {
  writer.tag(1, WireType.Bit64).double(value);
  if (createdAt !== undefined) writeTimestamp(writer, 3, createdAt);
}

function writeHistogram(writer: BinaryWriter, sample: HistogramSample): void {
  writer.tag(1, WireType.Varint);
  writeCount(writer, sample.count);
  writer.tag(2, WireType.Bit64).double(sample.sum);
  writeClassic(writer, sample);
  writeNative(writer, sample);
  writeTimestamp(writer, 15, sample.createdAt);
  for (const exemplar of sample.exemplars) writeExemplar(writer, 16, exemplar);
}

function writeClassic(writer: BinaryWriter, sample: HistogramSample): void {
  let from = -Infinity;
  for (const { le, cumulative } of sample.classic) {
    writeBucket(writer, le, cumulative, exemplarIn(sample.exemplars, from, le));
    from = le;
  }
  writeBucket(writer, Infinity, sample.count, exemplarIn(sample.exemplars, from, Infinity));
}

function writeBucket(
  writer: BinaryWriter,
  bound: number,
  cumulative: number,
  exemplar: Exemplar | undefined,
): void {
  writer.tag(3, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint);
  writeCount(writer, cumulative);
  writer.tag(2, WireType.Bit64).double(bound);
  if (exemplar !== undefined) writeExemplar(writer, 3, exemplar);
  writer.join();
}

function writeNative(writer: BinaryWriter, { native }: HistogramSample): void {
  const { spans, deltas } = nativeSpans(native);
  writer.tag(5, WireType.Varint).sint32(native.schema);
  writer.tag(6, WireType.Bit64).double(ZERO_THRESHOLD_SECONDS);
  writer.tag(7, WireType.Varint);
  writeCount(writer, native.zeroCount);
  for (const { offset, length } of spans) {
    writer.tag(12, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).sint32(offset);
    writer.tag(2, WireType.Varint).uint32(length);
    writer.join();
  }
  if (deltas.length === 0) return;
  writer.tag(13, WireType.LengthDelimited).fork();
  for (const delta of deltas) writeDelta(writer, delta);
  writer.join();
}

/** As an unsigned 64-bit number; short ones have the same bytes as one of 32 bits. */
function writeCount(writer: BinaryWriter, count: number): void {
  if (count < SHORT_LIMIT) writer.uint32(count);
  else writer.uint64(count);
}

/** As a signed 64-bit number in zigzag; short ones have the same bytes as one of 32 bits. */
function writeDelta(writer: BinaryWriter, delta: number): void {
  if (delta < SHORT_LIMIT && delta >= -SHORT_LIMIT) writer.sint32(delta);
  else writer.sint64(delta);
}

function writeExemplar(writer: BinaryWriter, field: number, exemplar: Exemplar): void {
  const { traceId, spanId, durationUs, at } = exemplar;
  const labels: [string, string][] = [["trace_id", traceId]];
  if (spanId !== undefined) labels.push(["span_id", spanId]);
  writer.tag(field, WireType.LengthDelimited).fork();
  writeLabels(writer, labels);
  writer.tag(2, WireType.Bit64).double(durationUs / 1e6);
  writeTimestamp(writer, 3, at);
  writer.join();
}

/** A `google.protobuf.Timestamp`. */
function writeTimestamp(writer: BinaryWriter, field: number, atMs: number): void {
  const seconds = Math.floor(atMs / 1_000);
  writer.tag(field, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int64(seconds);
  writer.tag(2, WireType.Varint).int32(Math.round((atMs - seconds * 1_000) * 1e6));
  writer.join();
}
