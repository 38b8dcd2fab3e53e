import { ByteReader, CorruptBytesError } from "../histogram/byte-reader.ts";
import { ByteWriter } from "../histogram/byte-writer.ts";
import { isEmptyTally, readCounts, writeCounts } from "../merge/intake-ledger.ts";
import type { ShardAnswer, ShardReport } from "./shard-rpc.ts";
import type { TimingColumns } from "./timing-columns.ts";

const VERSION = 1;
const KIND_TIMINGS = 0;
const KIND_HISTOGRAMS = 1;

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
  header.byte(VERSION);
  header.byte(content.kind === "timings" ? KIND_TIMINGS : KIND_HISTOGRAMS);
  header.text(reporter ?? "");
  header.varint(sequence ?? 0);
  header.varint(givenUp);
  writeCounts(header, refused, decided);
  if (content.kind === "timings") return joinColumns(content.columns, header);
  header.varint(content.timings);
  header.block(content.delta);
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
  if (version !== VERSION) throw new CorruptBytesError(`report of unknown version ${version}`);
  const kind = reader.byte();
  const reporter = reader.text();
  const sequence = reader.varint();
  const givenUp = reader.varint();
  const { rejected: refused, tally } = readCounts(reader);
  const content =
    kind === KIND_TIMINGS
      ? { kind: "timings" as const, columns: readColumns(view, count, reader) }
      : { kind: "histograms" as const, timings: reader.varint(), delta: reader.block() };
  const sender = reporter === "" ? {} : { reporter, sequence };
  const decided = isEmptyTally(tally) ? {} : { tally };
  return { ...sender, content, givenUp, refused, ...decided };
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

function joinColumns(columns: TimingColumns, header: ByteWriter): Uint8Array {
  const { operations, baseAt, durationUs, atOffsetMs, operationIndex, outcome } = columns;
  header.varint(operations.length);
  // Whatever a sender called an operation, only a text can be one; an empty one is refused.
  for (const name of operations) header.text(typeof name === "string" ? name : "");
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

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
