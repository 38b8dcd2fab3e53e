import type { ByteReader } from "../histogram/byte-reader.ts";
import type { ByteWriter } from "../histogram/byte-writer.ts";

/** What happened to streams of running totals besides counting what they gained. */
export interface StreamCounts {
  /** Totals of which nothing was counted, as only what is added to them can be told from the past. */
  readonly baselines: number;
  /** Streams that were forgotten to make room for others while they may still have reported. */
  readonly forgotten: number;
}

export const NO_STREAM_COUNTS: StreamCounts = { baselines: 0, forgotten: 0 };

export function isNoStreamCounts({ baselines, forgotten }: StreamCounts): boolean {
  return baselines === 0 && forgotten === 0;
}

export function addStreamCounts(one: StreamCounts, other: StreamCounts): StreamCounts {
  return {
    baselines: one.baselines + other.baselines,
    forgotten: one.forgotten + other.forgotten,
  };
}

export function writeStreamCounts(writer: ByteWriter, counts: StreamCounts): void {
  writer.varint(counts.baselines);
  writer.varint(counts.forgotten);
}

/** Reads what {@link writeStreamCounts} wrote. @throws CorruptBytesError */
export function readStreamCounts(reader: ByteReader): StreamCounts {
  return { baselines: reader.varint(), forgotten: reader.varint() };
}
