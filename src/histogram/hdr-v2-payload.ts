import { DecodedHdr } from "./decoded-hdr.ts";
import { describeBadLayout, HdrLayout, type HdrLayoutHeader } from "./hdr-layout.ts";
import { ZigZagReader } from "./zigzag-leb128.ts";

/*
 * The bytes (big-endian). Source: `AbstractHistogram.java` of HdrHistogram.
 *   0 cookie  4 payload length  8 normalizing index offset  12 digits
 *   16 lowest discernible  24 highest trackable  32 integer-to-double ratio  40 counts
 */

/** What an uncompressed V2 payload begins with. */
export const HDR_V2_COOKIE = 0x1c849313;

/** The bytes of an uncompressed V2 payload before its counts. */
export const HDR_V2_HEADER_BYTES = 40;

/** A decoded histogram, or why the bytes are none. `reason` is a sentence part, without a period. */
export type HdrDecodeResult =
  | { readonly ok: true; readonly histogram: DecodedHdr }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads an uncompressed V2 payload of any HdrHistogram library. Never throws; the bytes may be
 * anything. Works in memory proportional to the bytes, never to what their header claims, and
 * needs nothing of Node, so that a page can read histograms with it.
 */
export function decodeHdrV2Payload(bytes: Uint8Array): HdrDecodeResult {
  const view = viewOf(bytes);
  if (bytes.length < 4) return refused(`${bytes.length} bytes are too few for a histogram`);
  const cookie = view.getUint32(0);
  if (cookieBase(cookie) !== cookieBase(HDR_V2_COOKIE)) return refused(describeCookie(cookie));
  if (bytes.length < HDR_V2_HEADER_BYTES) {
    return refused(`${bytes.length} bytes are too few for the ${HDR_V2_HEADER_BYTES} of a header`);
  }
  const payloadLength = view.getUint32(4);
  const actual = bytes.length - HDR_V2_HEADER_BYTES;
  if (payloadLength !== actual) {
    return refused(`${payloadLength} bytes of counts are announced, ${actual} are there`);
  }
  /*
   * Two fields are left unread. The normalizing index offset rotates the counts in the memory of
   * a DoubleHistogram that shifted its range; in the payload they stand in logical order, lowest
   * bucket first, whatever it says. The ratio converts that DoubleHistogram's integers to its
   * doubles. HdrHistogramJS writes 1 and 5e-324 there (an integer 1 where a double belongs), so
   * refusing or honouring them would lose or shift every histogram it ever wrote.
   */
  const header: HdrLayoutHeader = {
    digits: view.getInt32(12),
    lowestDiscernible: view.getBigInt64(16),
    highestTrackable: view.getBigInt64(24),
  };
  const badLayout = describeBadLayout(header);
  if (badLayout !== undefined) return refused(badLayout);
  const layout = new HdrLayout(header);
  const encodedCounts = bytes.subarray(HDR_V2_HEADER_BYTES);
  const total = checkCounts(encodedCounts, layout);
  if (typeof total === "string") return refused(total);
  return { ok: true, histogram: new DecodedHdr(layout, encodedCounts, total, bytes.length) };
}

/** The sum of the counts, or why they cannot be the counts of this layout. */
function checkCounts(encodedCounts: Uint8Array, layout: HdrLayout): number | string {
  const reader = new ZigZagReader(encodedCounts, 0, encodedCounts.length);
  let index = 0;
  let total = 0;
  let highestIndex = -1;
  while (!reader.atEnd) {
    const offset = reader.position;
    const value = reader.next();
    if (Number.isNaN(value)) return `the counts end within the integer at byte ${offset}`;
    if (value > Number.MAX_SAFE_INTEGER) return `a count above 2^53 − 1 at bucket ${index}`;
    if (value > 0) highestIndex = index;
    index += value < 0 ? -value : 1;
    if (index > layout.bucketCount) {
      return `counts for more than the ${layout.bucketCount} buckets that the header describes`;
    }
    total += Math.max(value, 0);
    if (total > Number.MAX_SAFE_INTEGER) return "the counts add up to more than 2^53 − 1";
  }
  const highestValue =
    highestIndex < 0 ? 0 : layout.lowestValue(highestIndex) + layout.width(highestIndex) - 1;
  if (highestValue > Number.MAX_SAFE_INTEGER) return "values above 2^53 − 1 were recorded";
  return total;
}

/** Names the histograms that are recognised but not read. */
function describeCookie(cookie: number): string {
  switch (cookieBase(cookie)) {
    case 0x1c849308:
    case 0x1c849309:
      return "HdrHistogram encoding V0; write it with a library that encodes V2";
    case 0x1c849301:
    case 0x1c849302:
      return "HdrHistogram encoding V1; write it with a library that encodes V2";
    case 0x1c849304:
      return "a compressed histogram within a compressed histogram";
    case 0x0c72124e & ~0xf0:
    case 0x0c72124f & ~0xf0:
      return "a DoubleHistogram; record integers with a Histogram";
    default:
      return `no HdrHistogram: it begins with 0x${cookie.toString(16).padStart(8, "0")}`;
  }
}

/** A cookie without the high half of its low byte, which tells a word size that V2 does not use. */
export function cookieBase(cookie: number): number {
  return (cookie & ~0xf0) >>> 0;
}

/** The numbers in a byte array. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function refused(reason: string): HdrDecodeResult {
  return { ok: false, reason };
}
