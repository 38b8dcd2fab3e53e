import { MAX_REPORT_EXEMPLARS, type OperationExemplar } from "../exemplar.ts";
import { ByteReader, CorruptBytesError } from "../histogram/byte-reader.ts";
import { ByteWriter } from "../histogram/byte-writer.ts";
import { isEmptyTally, readCounts, writeCounts } from "../merge/intake-ledger.ts";
import { readRunningTotals, writeRunningTotals } from "./running-total-bytes.ts";
import type { ShardAnswer, ShardReport } from "./shard-rpc.ts";
import { MAX_REPORT_MEASURES, type MeasureColumns, type TimingColumns } from "./timing-columns.ts";

const VERSION = 1;
/**
 * Of reports with measures alone. While a new version spreads, old code reads all others; of these
 * it must refuse the first byte, since it takes what it does not know for histograms.
 */
const MEASURED_VERSION = 2;
/** Of reports with running totals and of requests without a reporter alone, for the same reason. */
const OTHERS_VERSION = 3;
const KIND_TIMINGS = 0;
const KIND_HISTOGRAMS = 1;
/** As timings, and measures at the end. */
const KIND_MEASURED_TIMINGS = 2;
const KIND_CUMULATIVE = 3;
/** As histograms, and what they are known by in front. */
const KIND_REQUEST = 4;

/** By kind. */
const VERSIONS = [VERSION, VERSION, MEASURED_VERSION, OTHERS_VERSION, OTHERS_VERSION] as const;

/**
 * In front: the number of timings (32 bits) and `baseAt` (a double), little-endian. Then the
 * columns, of which those of words are aligned there; then the rest.
 */
const FRONT_BYTES = 12;
const TIMING_BYTES = 10;

/**
 * A report as one run of bytes. As an object with four typed arrays it costs the RPC a fifth more,
 * because every array is a buffer of its own to serialise, to copy and to collect.
 *
 * @param report with columns that `columnsProblem` has nothing against.
 */
export function encodeShardReport(report: ShardReport): Uint8Array {
  const { reporter, sequence, content, givenUp, refused, tally: decided } = report;
  const header = HEADER;
  header.reset();
  const kind = kindOf(content);
  header.byte(VERSIONS[kind]);
  header.byte(kind);
  header.text(reporter ?? "");
  header.varint(sequence ?? 0);
  header.varint(givenUp);
  writeCounts(header, refused, decided);
  if (content.kind === "timings") return joinColumns(content.columns, header, report.exemplars);
  if (content.kind === "cumulative") {
    writeRunningTotals(header, content.totals);
  } else {
    if (content.request !== undefined) header.text(content.request);
    header.varint(content.timings);
    header.block(content.delta);
  }
  writeExemplars(header, report.exemplars);
  const message = new Uint8Array(FRONT_BYTES + header.length);
  header.copyTo(message, FRONT_BYTES);
  return message;
}

/** @throws CorruptBytesError if the bytes are no report of a version that this code knows. */
export function decodeShardReport(message: Uint8Array): ShardReport {
  // A view that does not begin at a whole word cannot be read as words.
  const bytes = message.byteOffset % 4 === 0 ? message : message.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length < FRONT_BYTES ? -1 : view.getInt32(0, true);
  const end = FRONT_BYTES + count * TIMING_BYTES;
  if (count < 0 || end > bytes.length) throw new CorruptBytesError(`${count} timings announced`);
  const reader = new ByteReader(bytes.subarray(end));
  const version = reader.byte();
  if (version < VERSION || version > OTHERS_VERSION) {
    throw new CorruptBytesError(`report of unknown version ${version}`);
  }
  const kind = reader.byte();
  const reporter = reader.text();
  const sequence = reader.varint();
  const givenUp = reader.varint();
  const { rejected: refused, tally } = readCounts(reader);
  const content = readContent(kind, view, count, reader);
  const sender = reporter === "" ? {} : { reporter, sequence };
  const decided = isEmptyTally(tally) ? {} : { tally };
  // They come last: code that does not know of them reads no further.
  const examples = reader.atEnd ? {} : { exemplars: readExemplars(reader) };
  return { ...sender, content, givenUp, refused, ...decided, ...examples };
}

function kindOf(content: ShardReport["content"]): 0 | 1 | 2 | 3 | 4 {
  if (content.kind === "cumulative") return KIND_CUMULATIVE;
  if (content.kind === "histograms") {
    return content.request === undefined ? KIND_HISTOGRAMS : KIND_REQUEST;
  }
  return content.columns.measures === undefined ? KIND_TIMINGS : KIND_MEASURED_TIMINGS;
}

function readContent(
  kind: number,
  view: DataView,
  count: number,
  reader: ByteReader,
): ShardReport["content"] {
  switch (kind) {
    case KIND_TIMINGS:
      return { kind: "timings", columns: readColumns(view, count, reader) };
    case KIND_MEASURED_TIMINGS: {
      const columns = readColumns(view, count, reader);
      return { kind: "timings", columns: { ...columns, measures: readMeasureColumns(reader) } };
    }
    case KIND_HISTOGRAMS:
      return { kind: "histograms", timings: reader.varint(), delta: reader.block() };
    case KIND_REQUEST: {
      const request = reader.text();
      return { kind: "histograms", request, timings: reader.varint(), delta: reader.block() };
    }
    case KIND_CUMULATIVE:
      return { kind: "cumulative", totals: readRunningTotals(reader) };
    default:
      throw new CorruptBytesError(`report of unknown kind ${kind}`);
  }
}

/** Used by one call at a time, none of which is ever interrupted. */
const HEADER = new ByteWriter(256);

/** An answer as text: an object that comes out of an RPC carries a disposer, which costs more. */
export function encodeShardAnswer(answer: ShardAnswer): string {
  return JSON.stringify(answer);
}

/**
 * Reads what {@link encodeShardAnswer} wrote, on the other side of the same deployment. Most
 * answers are equal, so the last one is remembered; nobody changes an answer.
 */
export function decodeShardAnswer(text: string): ShardAnswer {
  if (text !== lastDecoded?.text) lastDecoded = { text, answer: JSON.parse(text) };
  return lastDecoded.answer;
}

let lastDecoded: { readonly text: string; readonly answer: ShardAnswer } | undefined;

function joinColumns(
  columns: TimingColumns,
  header: ByteWriter,
  exemplars: ShardReport["exemplars"],
): Uint8Array {
  const { operations, baseAt, durationUs, atOffsetMs, operationIndex, outcome } = columns;
  header.varint(operations.length);
  // Whatever a sender called an operation, only a text can be one; an empty one is refused.
  for (const name of operations) header.text(typeof name === "string" ? name : "");
  if (columns.measures !== undefined) writeMeasureColumns(header, columns.measures);
  writeExemplars(header, exemplars);
  const count = durationUs.length;
  const end = FRONT_BYTES + count * TIMING_BYTES;
  const message = new Uint8Array(end + header.length);
  const view = new DataView(message.buffer);
  view.setInt32(0, count, true);
  view.setFloat64(4, baseAt, true);
  message.set(bytesOf(durationUs), FRONT_BYTES);
  message.set(bytesOf(atOffsetMs), FRONT_BYTES + 4 * count);
  message.set(operationIndex, FRONT_BYTES + 8 * count);
  message.set(outcome, FRONT_BYTES + 9 * count);
  header.copyTo(message, end);
  return message;
}

function readColumns(view: DataView, count: number, reader: ByteReader): TimingColumns {
  const operations = Array.from({ length: reader.varint() }, () => reader.text());
  const { buffer } = view;
  const from = view.byteOffset + FRONT_BYTES;
  // The two sides of this RPC run on machines of one kind, so words need no turning round.
  return {
    operations,
    baseAt: view.getFloat64(4, true),
    durationUs: new Int32Array(buffer, from, count),
    atOffsetMs: new Int32Array(buffer, from + 4 * count, count),
    operationIndex: new Uint8Array(buffer, from + 8 * count, count),
    outcome: new Uint8Array(buffer, from + 9 * count, count),
  };
}

function writeMeasureColumns(writer: ByteWriter, { timing, code, value }: MeasureColumns): void {
  writer.varint(timing.length);
  let before = 0;
  for (let i = 0; i < timing.length; i++) {
    const position = timing[i] ?? before;
    writer.varint(position - before);
    writer.byte(code[i] ?? 0);
    writer.float64(value[i] ?? 0);
    before = position;
  }
}

function readMeasureColumns(reader: ByteReader): MeasureColumns {
  const length = reader.varint();
  if (length > MAX_REPORT_MEASURES) throw new CorruptBytesError(`${length} measures announced`);
  const timing = new Int32Array(length);
  const code = new Uint8Array(length);
  const value = new Float64Array(length);
  let position = 0;
  for (let i = 0; i < length; i++) {
    position += reader.varint();
    timing[i] = position;
    code[i] = reader.byte();
    value[i] = reader.float64();
  }
  return { timing, code, value };
}

/** Nothing at all if there are none. */
function writeExemplars(writer: ByteWriter, exemplars: ShardReport["exemplars"]): void {
  if (exemplars === undefined || exemplars.length === 0) return;
  writer.varint(exemplars.length);
  for (const { operation, traceId, spanId, durationUs, at } of exemplars) {
    writer.text(operation);
    writer.text(traceId);
    writer.text(spanId ?? "");
    writer.varint(durationUs);
    writer.float64(at);
  }
}

function readExemplars(reader: ByteReader): OperationExemplar[] {
  const length = reader.varint();
  if (length > MAX_REPORT_EXEMPLARS) throw new CorruptBytesError(`${length} exemplars announced`);
  return Array.from({ length }, () => {
    const operation = reader.text();
    const traceId = reader.text();
    const spanId = reader.text();
    const ids = spanId === "" ? { traceId } : { traceId, spanId };
    return { operation, ...ids, durationUs: reader.varint(), at: reader.float64() };
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
