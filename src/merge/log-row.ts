import { ByteReader, CorruptBytesError } from "../histogram/byte-reader.ts";
import { ByteWriter } from "../histogram/byte-writer.ts";
import { type Delta, readDelta, writeDelta } from "./delta.ts";
import { type ErrorStreak, readStreak, streakOfDelta, writeStreak } from "./error-streak.ts";
import { type IntakeLedger, readLedger, writeLedger } from "./intake-ledger.ts";
import { readRequestMarks, type RequestMark, writeRequestMarks } from "./recent-requests.ts";
import {
  NO_STREAM_COUNTS,
  readStreamCounts,
  type StreamCounts,
  writeStreamCounts,
} from "./stream-counts.ts";

/** What one group commit changed: everything that a replay needs. */
export interface LogRow {
  /** When it was committed, epoch milliseconds. */
  readonly at: number;
  /** The new watermark of each reporter in the group. */
  readonly marks: readonly { readonly reporter: string; readonly sequence: number }[];
  readonly ledger: IntakeLedger;
  /** Of the accepted timings, in the order in which they were taken in. */
  readonly streak: ErrorStreak;
  readonly delta: Delta;
  /** Absent if no running total came. What streams counted last is stored beside the row. */
  readonly streams?: StreamCounts | undefined;
  /** What requests without a reporter added. Absent if none came. */
  readonly requests?: readonly RequestMark[] | undefined;
}

/** Version 1 had no streak. */
const VERSION = 2;
/** Of rows with {@link LogRow.streams} or {@link LogRow.requests} alone. */
const EXTENDED_VERSION = 3;

export function encodeLogRow(row: LogRow): Uint8Array {
  const writer = new ByteWriter(512);
  const { streams, requests } = row;
  const isExtended = streams !== undefined || requests !== undefined;
  writer.byte(isExtended ? EXTENDED_VERSION : VERSION);
  writer.varint(row.at);
  writer.varint(row.marks.length);
  for (const { reporter, sequence } of row.marks) {
    writer.text(reporter);
    writer.varint(sequence);
  }
  writeLedger(writer, row.ledger);
  writeStreak(writer, row.streak);
  writeDelta(writer, row.delta);
  if (isExtended) {
    writeStreamCounts(writer, streams ?? NO_STREAM_COUNTS);
    writeRequestMarks(writer, requests ?? []);
  }
  return writer.finish();
}

/** @throws CorruptBytesError if the bytes are no log row of a version that this code knows. */
export function decodeLogRow(bytes: Uint8Array): LogRow {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version < 1 || version > EXTENDED_VERSION) {
    throw new CorruptBytesError(`log row of unknown version ${version}`);
  }
  const at = reader.varint();
  const marks = Array.from({ length: reader.varint() }, () => ({
    reporter: reader.text(),
    sequence: reader.varint(),
  }));
  const ledger = readLedger(reader);
  const written = version === 1 ? undefined : readStreak(reader);
  const delta = readDelta(reader);
  const row = { at, marks, ledger, streak: written ?? streakOfDelta(delta), delta };
  if (version < EXTENDED_VERSION) return row;
  const streams = readStreamCounts(reader);
  const requests = readRequestMarks(reader);
  return requests.length > 0 ? { ...row, streams, requests } : { ...row, streams };
}
