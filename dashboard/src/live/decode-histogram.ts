import { joinBytes } from "../../../src/join-bytes.ts";
import {
  cookieBase,
  decodeHdrV2Payload,
  type HdrDecodeResult,
} from "../../../src/histogram/hdr-v2-payload.ts";

/** Longest text that is decoded: one of the server with every bucket filled stays below. */
const MAX_BASE64_LENGTH = 512 * 1024;

/** Most bytes that one may unpack to; it is what stops one that unpacks without end. */
const MAX_INFLATED_BYTES = 1024 * 1024;

/* Compressed bytes (big-endian): 0 cookie  4 length  8 zlib stream of an uncompressed payload. */
const V2_COMPRESSED_COOKIE = 0x1c849314;
const COMPRESSED_HEADER_BYTES = 8;

/**
 * Reads a histogram as the API carries it: base64 of the compressed V2 encoding. Never rejects; the
 * text may be anything.
 */
export async function decodeHistogram(text: string): Promise<HdrDecodeResult> {
  if (text.length > MAX_BASE64_LENGTH) {
    return refused(`${text.length} base64 characters; at most ${MAX_BASE64_LENGTH} are read`);
  }
  const bytes = bytesOf(text);
  if (bytes === undefined) return refused("not base64");
  if (bytes.length < COMPRESSED_HEADER_BYTES) {
    return refused(`${bytes.length} bytes are too few for a histogram`);
  }
  const view = new DataView(bytes.buffer);
  if (cookieBase(view.getUint32(0)) !== cookieBase(V2_COMPRESSED_COOKIE)) {
    return refused("no compressed histogram of HdrHistogram's encoding V2");
  }
  const actual = bytes.length - COMPRESSED_HEADER_BYTES;
  if (view.getUint32(4) !== actual) {
    return refused(`${view.getUint32(4)} compressed bytes are announced, ${actual} are there`);
  }
  const inflated = await inflate(bytes.subarray(COMPRESSED_HEADER_BYTES));
  return typeof inflated === "string" ? refused(inflated) : decodeHdrV2Payload(inflated);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

/** The inflated bytes, or why there are none. */
async function inflate(deflated: Uint8Array<ArrayBuffer>): Promise<Uint8Array | string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
    for (const reader = stream.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > MAX_INFLATED_BYTES) {
        await reader.cancel();
        return `it inflates to more than ${MAX_INFLATED_BYTES} bytes`;
      }
      chunks.push(value);
    }
  } catch (error) {
    return `the compressed part is no whole zlib stream: ${String(error)}`;
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : joinBytes(chunks, length);
}

function refused(reason: string): HdrDecodeResult {
  return { ok: false, reason };
}
