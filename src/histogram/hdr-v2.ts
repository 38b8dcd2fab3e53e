import { Buffer } from "node:buffer";
import { deflateSync, inflateSync } from "node:zlib";
import type { BucketCounts } from "./bucket-counts.ts";
import { BUCKET_COUNT, HIGHEST_TRACKABLE_US, LOWEST_DISCERNIBLE_US } from "./bucket-layout.ts";
import {
  cookieBase,
  decodeHdrV2Payload,
  HDR_V2_COOKIE,
  HDR_V2_HEADER_BYTES,
  type HdrDecodeResult,
  viewOf,
} from "./hdr-v2-payload.ts";
import { SIGNIFICANT_DIGITS } from "./significant-digits.ts";
import { MAX_VARINT_BYTES, writeZigZag } from "./zigzag-leb128.ts";

/** The longest base64 text that is decoded: 1 MiB. */
export const MAX_HDR_BASE64_LENGTH = 1_048_576;

/**
 * The most bytes that a compressed histogram may unpack to: 4 MiB. One of our own layout with
 * every bucket filled takes less than 0.2 MiB; the limit is what stops a zip bomb.
 */
export const MAX_HDR_INFLATED_BYTES = 4 * 1_048_576;

/* Compressed bytes (big-endian): 0 cookie  4 length  8 zlib stream of an uncompressed payload. */
const V2_COMPRESSED_COOKIE = 0x1c849314;
const COMPRESSED_HEADER_BYTES = 8;
const INITIAL_BYTES = 4096;
/** A run of empty buckets and a count. */
const BYTES_PER_BUCKET = 2 * MAX_VARINT_BYTES;

/**
 * Our histogram as an uncompressed V2 payload, byte for byte what HdrHistogram's Java library
 * writes for a `Histogram(1, 600000000, 3)` with the same counts.
 * @throws RangeError if the buckets do not ascend within the layout or a count is no integer
 *   from 1 to 2^53 − 1.
 */
export function encodeHdrV2(counts: BucketCounts): Uint8Array {
  return payloadOf(counts).slice();
}

/** Our histogram as compressed V2 bytes. @throws RangeError as {@link encodeHdrV2}. */
export function encodeHdrV2Compressed(counts: BucketCounts): Uint8Array {
  return compressed(counts);
}

/**
 * Our histogram as the text that interval logs and the API carry; it begins with `HISTFAAA`
 * (as long as it compresses to less than 64 KiB, which no real one comes near).
 * @throws RangeError as {@link encodeHdrV2}.
 */
export function encodeHdrV2Base64(counts: BucketCounts): string {
  const bytes = compressed(counts);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/**
 * Reads what any HdrHistogram library writes in the V2 format, as base64 text.
 * Never throws; the text may be anything.
 * @param maxInflatedBytes a lower limit than {@link MAX_HDR_INFLATED_BYTES}, for a caller with a
 *   budget over many histograms.
 */
export function decodeHdrV2Base64(
  text: string,
  maxInflatedBytes = MAX_HDR_INFLATED_BYTES,
): HdrDecodeResult {
  if (text.length > MAX_HDR_BASE64_LENGTH) {
    return refused(`${text.length} base64 characters; at most ${MAX_HDR_BASE64_LENGTH} are read`);
  }
  const bytes = Buffer.from(text, "base64");
  // Buffer skips what is not base64 instead of refusing it; only real base64 comes back the same.
  if (bytes.toString("base64") !== text) {
    return refused("not base64 (standard alphabet, padded, nothing in between)");
  }
  return decodeHdrV2(bytes, maxInflatedBytes);
}

/**
 * Reads what any HdrHistogram library writes in the V2 format, compressed or not.
 * Never throws; the bytes may be anything. Works in memory proportional to the bytes it is given
 * and inflates, never to what their header claims.
 */
export function decodeHdrV2(
  bytes: Uint8Array,
  maxInflatedBytes = MAX_HDR_INFLATED_BYTES,
): HdrDecodeResult {
  if (bytes.length < COMPRESSED_HEADER_BYTES) {
    return refused(`${bytes.length} bytes are too few for a histogram`);
  }
  const view = viewOf(bytes);
  const cookie = view.getUint32(0);
  if (cookieBase(cookie) !== cookieBase(V2_COMPRESSED_COOKIE)) return decodeHdrV2Payload(bytes);
  const length = view.getUint32(4);
  const actual = bytes.length - COMPRESSED_HEADER_BYTES;
  if (length !== actual) {
    return refused(`${length} compressed bytes are announced, ${actual} are there`);
  }
  if (maxInflatedBytes < HDR_V2_HEADER_BYTES) {
    return refused(`only ${maxInflatedBytes} bytes may be inflated, less than a header`);
  }
  const inflated = inflate(bytes.subarray(COMPRESSED_HEADER_BYTES), maxInflatedBytes);
  return typeof inflated === "string" ? refused(inflated) : decodeHdrV2Payload(inflated);
}

/** {@link encodeHdrV2}, as a part of a larger buffer. */
function payloadOf(counts: BucketCounts): Uint8Array {
  let bytes = new Uint8Array(INITIAL_BYTES);
  let position = HDR_V2_HEADER_BYTES;
  let nextIndex = 0;
  counts.forEach((index, count) => {
    if (
      !(index >= nextIndex && index < BUCKET_COUNT && count >= 1 && Number.isSafeInteger(count))
    ) {
      throw new RangeError(`bucket ${index} with count ${count} after bucket ${nextIndex - 1}`);
    }
    if (position + BYTES_PER_BUCKET > bytes.length) bytes = grown(bytes);
    const empty = index - nextIndex;
    // One empty bucket is written as a count of zero, as Java does; both are read alike.
    if (empty === 1) bytes[position++] = 0;
    else if (empty > 1) position = writeZigZag(bytes, position, -empty);
    position = writeZigZag(bytes, position, count);
    nextIndex = index + 1;
  });
  // Java writes the first bucket even of an empty histogram.
  if (nextIndex === 0) bytes[position++] = 0;
  writeHeader(bytes, position - HDR_V2_HEADER_BYTES);
  return bytes.subarray(0, position);
}

function compressed(counts: BucketCounts): Uint8Array<ArrayBuffer> {
  const deflated = deflateSync(payloadOf(counts));
  // An array of its own, not a piece of Buffer's pool: cloning a piece for RPC clones the pool.
  const bytes = new Uint8Array(COMPRESSED_HEADER_BYTES + deflated.length);
  const view = viewOf(bytes);
  view.setUint32(0, V2_COMPRESSED_COOKIE);
  view.setUint32(4, deflated.length);
  bytes.set(deflated, COMPRESSED_HEADER_BYTES);
  return bytes;
}

function writeHeader(bytes: Uint8Array, payloadLength: number): void {
  const view = viewOf(bytes);
  view.setUint32(0, HDR_V2_COOKIE);
  view.setUint32(4, payloadLength);
  view.setInt32(8, 0);
  view.setInt32(12, SIGNIFICANT_DIGITS);
  view.setBigInt64(16, BigInt(LOWEST_DISCERNIBLE_US));
  view.setBigInt64(24, BigInt(HIGHEST_TRACKABLE_US));
  view.setFloat64(32, 1);
}

/** The inflated bytes, or why there are none. */
function inflate(deflated: Uint8Array, maxOutputLength: number): Uint8Array | string {
  try {
    return inflateSync(deflated, { maxOutputLength });
  } catch (error) {
    // workerd gives its errors no code; the class and zlib's own words are the same in Node.
    if (error instanceof RangeError) return `it inflates to more than ${maxOutputLength} bytes`;
    const said = error instanceof Error ? error.message : String(error);
    return `the compressed part is no whole zlib stream: ${said}`;
  }
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

function refused(reason: string): HdrDecodeResult {
  return { ok: false, reason };
}
