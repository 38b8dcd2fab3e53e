import { deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  Float64Histogram,
  type JsHistogram,
} from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import type { BucketCounts } from "../../../src/histogram/bucket-counts.ts";
import { BUCKET_COUNT, bucketIndex, bucketLowestUs } from "../../../src/histogram/bucket-layout.ts";
import type { DecodedHdr } from "../../../src/histogram/decoded-hdr.ts";
import type { HdrDecodeResult } from "../../../src/histogram/hdr-v2-payload.ts";
import {
  decodeHdrV2,
  decodeHdrV2Base64,
  encodeHdrV2,
  encodeHdrV2Base64,
  encodeHdrV2Compressed,
  MAX_HDR_BASE64_LENGTH,
} from "../../../src/histogram/hdr-v2.ts";
import { type HdrUnit, recordInto } from "../../../src/histogram/record-into.ts";
import { MAX_VARINT_BYTES, writeZigZag } from "../../../src/histogram/zigzag-leb128.ts";

type Entries = readonly (readonly [index: number, count: number])[];

const LONGEST_US_BUCKET = bucketIndex(600_000_000);
const MAX_COUNT = Number.MAX_SAFE_INTEGER;

function countsOf(entries: Entries): BucketCounts {
  return {
    forEach(visit) {
      for (const [index, count] of entries) visit(index, count);
    },
  };
}

/** Sets of buckets of our layout, dense and sparse, small counts and huge ones. */
const anyEntries: fc.Arbitrary<Entries> = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(
        fc.integer({ min: 0, max: LONGEST_US_BUCKET }),
        fc.integer({ min: 5000, max: 5100 }),
      ),
      fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 40 })),
    ),
    { selector: ([index]) => index, maxLength: 200 },
  )
  .map((entries) => entries.toSorted(([left], [right]) => left - right));

function decoded(result: HdrDecodeResult): DecodedHdr {
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return result.histogram;
}

function reasonOf(result: HdrDecodeResult): string {
  return result.ok ? "accepted" : result.reason;
}

function bucketsOf(histogram: DecodedHdr): [lowest: number, highest: number, count: number][] {
  const buckets: [number, number, number][] = [];
  histogram.forEach((lowest, highest, count) => buckets.push([lowest, highest, count]));
  return buckets;
}

function recordedUs(histogram: DecodedHdr, unit: HdrUnit) {
  const accepted: [number, number][] = [];
  const refused: [number, number][] = [];
  recordInto(
    histogram,
    unit,
    (valueUs, count) => accepted.push([valueUs, count]),
    (valueUs, count) => refused.push([valueUs, count]),
  );
  return { accepted, refused };
}

/** What the library knows of its own histogram, in the form of {@link bucketsOf}. */
function libraryBuckets(histogram: JsHistogram): [number, number, number][] {
  const buckets: [number, number, number][] = [];
  for (let index = 0; index < histogram.countsArrayLength; index++) {
    const count = histogram.getCountAtIndex(index);
    const lowest = histogram.valueFromIndex(index);
    if (count > 0) buckets.push([lowest, histogram.highestEquivalentValue(lowest), count]);
  }
  return buckets;
}

interface PayloadFields {
  readonly cookie?: number;
  readonly payloadLength?: number;
  readonly offset?: number;
  readonly digits?: number;
  readonly lowest?: bigint;
  readonly highest?: bigint;
  readonly ratio?: number;
  readonly counts?: readonly number[];
}

/** An uncompressed payload with whatever header is asked for. */
function payload(fields: PayloadFields = {}): Uint8Array {
  const counts = fields.counts ?? [0, 5, -10, 7].flatMap(zigZag);
  const bytes = new Uint8Array(40 + counts.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, fields.cookie ?? 0x1c849313);
  view.setUint32(4, fields.payloadLength ?? counts.length);
  view.setInt32(8, fields.offset ?? 0);
  view.setInt32(12, fields.digits ?? 3);
  view.setBigInt64(16, fields.lowest ?? 1n);
  view.setBigInt64(24, fields.highest ?? 600_000_000n);
  view.setFloat64(32, fields.ratio ?? 1);
  bytes.set(counts, 40);
  return bytes;
}

function zigZag(value: number): number[] {
  const bytes = new Uint8Array(MAX_VARINT_BYTES);
  return [...bytes.subarray(0, writeZigZag(bytes, 0, value))];
}

function compress(bytes: Uint8Array, announced?: number): Uint8Array {
  const deflated = deflateSync(bytes);
  const compressed = Buffer.alloc(8 + deflated.length);
  compressed.writeUInt32BE(0x1c849314, 0);
  compressed.writeUInt32BE(announced ?? deflated.length, 4);
  deflated.copy(compressed, 8);
  return compressed;
}

describe("encodeHdrV2", () => {
  it("writes the canonical header and counts, with runs of empty buckets and no tail", () => {
    const bytes = encodeHdrV2(
      countsOf([
        [0, 1],
        [2, 3],
        [12, 200],
      ]),
    );
    const header =
      "1c849313" +
      "00000006" +
      "00000000" +
      "00000003" + // cookie, length, offset, digits
      "0000000000000001" +
      "0000000023c34600" +
      "3ff0000000000000"; // lowest, highest, 1.0
    // 1; one empty bucket; 3; nine empty buckets; 200
    expect(Buffer.from(bytes).toString("hex")).toBe(header + "02" + "00" + "06" + "11" + "9003");
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  it("writes an empty histogram as one empty bucket", () => {
    expect(encodeHdrV2(countsOf([]))).toEqual(payload({ counts: [0] }));
    expect(decoded(decodeHdrV2Base64(encodeHdrV2Base64(countsOf([])))).totalCount).toBe(0);
  });

  it("writes the compressed form around it, and base64 that begins as everybody's does", () => {
    const counts = countsOf([[bucketIndex(183_250), 40]]);
    const compressed = encodeHdrV2Compressed(counts);
    expect(Buffer.from(compressed.subarray(0, 8)).toString("hex")).toBe(
      "1c849314" + (compressed.length - 8).toString(16).padStart(8, "0"),
    );
    expect(new Uint8Array(inflateSync(compressed.subarray(8)))).toEqual(encodeHdrV2(counts));
    expect(encodeHdrV2Base64(counts)).toBe(Buffer.from(compressed).toString("base64"));
    expect(encodeHdrV2Base64(counts)).toMatch(/^HISTFAAA/);
  });

  it.each<[string, Entries]>([
    [
      "a bucket twice",
      [
        [3, 1],
        [3, 1],
      ],
    ],
    [
      "buckets that descend",
      [
        [3, 1],
        [2, 1],
      ],
    ],
    ["a bucket past the layout", [[BUCKET_COUNT, 1]]],
    ["a bucket before the layout", [[-1, 1]]],
    ["a count of zero", [[3, 0]]],
    ["a count that is no integer", [[3, 1.5]]],
    ["a count that doubles cannot hold", [[3, 2 ** 53]]],
    ["no number", [[3, Number.NaN]]],
  ])("throws at %s", (_, entries) => {
    expect(() => encodeHdrV2(countsOf(entries))).toThrow(RangeError);
  });
});

describe("our encoding", () => {
  it("comes back bucket by bucket", () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const histogram = decoded(decodeHdrV2Base64(encodeHdrV2Base64(countsOf(entries))));
        const { accepted, refused } = recordedUs(histogram, "us");
        expect(accepted.map(([valueUs, count]) => [bucketIndex(valueUs), count])).toEqual(entries);
        expect(refused).toEqual([]);
        expect(histogram.totalCount).toBe(entries.reduce((sum, [, count]) => sum + count, 0));
      }),
    );
  });

  it("keeps the highest count there can be, and every bucket of a full histogram", () => {
    const highest = decoded(decodeHdrV2(encodeHdrV2(countsOf([[7, MAX_COUNT]]))));
    expect(bucketsOf(highest)).toEqual([[7, 7, MAX_COUNT]]);

    const full = Array.from({ length: BUCKET_COUNT }, (_, index) => [index, 2 ** 38] as const);
    const histogram = decoded(decodeHdrV2Base64(encodeHdrV2Base64(countsOf(full))));
    expect(bucketsOf(histogram).map(([lowest]) => lowest)).toEqual(
      full.map(([index]) => bucketLowestUs(index)),
    );
    expect(histogram.totalCount).toBe(BUCKET_COUNT * 2 ** 38);
  });

  it("is read alike by hdr-histogram-js", () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const text = encodeHdrV2Base64(countsOf(entries));
        const library = decodeFromCompressedBase64(text, 64);
        if (!(library instanceof Float64Histogram)) throw new Error("not the 64-bit histogram");
        const buckets = entries.map(([index, count]) => [bucketLowestUs(index), count]);
        expect(libraryBuckets(library).map(([lowest, , count]) => [lowest, count])).toEqual(
          buckets,
        );
        expect(library.totalCount).toBe(entries.reduce((sum, [, count]) => sum + count, 0));
      }),
    );
  });
});

describe("decodeHdrV2 of what hdr-histogram-js writes", () => {
  const layouts = [
    { lowest: 1, highest: 600_000_000, digits: 3 },
    { lowest: 1, highest: 2, digits: 3 },
    { lowest: 1, highest: 3_600_000_000_000, digits: 3 },
    { lowest: 1000, highest: 3_600_000_000_000, digits: 2 },
    { lowest: 7, highest: 1_000_000, digits: 1 },
    { lowest: 1, highest: 60_000, digits: 4 },
    { lowest: 1, highest: 10_000_000, digits: 5 },
    { lowest: 1, highest: 100_000, digits: 0 },
  ];

  it.each(layouts)("lowest $lowest, highest $highest, $digits digits", (layout) => {
    const { lowest, highest, digits } = layout;
    const values = fc.array(
      fc.tuple(
        fc.oneof(
          fc.integer({ min: 0, max: highest }),
          fc.integer({ min: 0, max: Math.min(highest, 5000) }),
        ),
        fc.integer({ min: 1, max: 2 ** 33 }),
      ),
      { maxLength: 50 },
    );
    fc.assert(
      fc.property(values, (recorded) => {
        const library = new Float64Histogram(lowest, highest, digits);
        for (const [value, count] of recorded) library.recordValueWithCount(value, count);
        const histogram = decoded(decodeHdrV2Base64(encodeIntoCompressedBase64(library)));
        expect(bucketsOf(histogram)).toEqual(libraryBuckets(library));
        expect([histogram.totalCount, histogram.digits]).toEqual([library.totalCount, digits]);
      }),
      { numRuns: 40 },
    );
  });

  it("reads counts in place although that header names an offset of 1 and a ratio near 0", () => {
    const library = build({
      highestTrackableValue: 600_000_000,
      numberOfSignificantValueDigits: 3,
    });
    library.recordValueWithCount(1500, 3);
    const text = encodeIntoCompressedBase64(library);
    const header = new DataView(
      Uint8Array.from(inflateSync(Buffer.from(text, "base64").subarray(8))).buffer,
    );
    expect([header.getInt32(8), header.getFloat64(32)]).toEqual([1, 5e-324]);
    expect(bucketsOf(decoded(decodeHdrV2Base64(text)))).toEqual([[1500, 1500, 3]]);
  });

  it("reads any spelling of the cookie's word size, and one empty bucket in either form", () => {
    for (const cookie of [0x1c849303, 0x1c849313, 0x1c849393]) {
      const bytes = payload({ cookie, counts: [4, -1, 6].flatMap(zigZag) });
      const buckets = [
        [0, 0, 4],
        [2, 2, 6],
      ];
      expect(bucketsOf(decoded(decodeHdrV2(bytes)))).toEqual(buckets);
      expect(bucketsOf(decoded(decodeHdrV2(compress(bytes))))).toEqual(buckets);
    }
    expect(bucketsOf(decoded(decodeHdrV2(payload({ counts: [4, 0, 6].flatMap(zigZag) }))))).toEqual(
      [
        [0, 0, 4],
        [2, 2, 6],
      ],
    );
  });

  it("reads the widest header there is without room for its buckets", () => {
    const histogram = decoded(
      decodeHdrV2(payload({ digits: 5, highest: 2n ** 63n - 1n, counts: zigZag(9) })),
    );
    expect(bucketsOf(histogram)).toEqual([[0, 0, 9]]);
  });
});

describe("decodeHdrV2 of bad input", () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ["nothing", new Uint8Array(0), /^0 bytes are too few/],
    ["something else", Buffer.from("PNG or anything else, long enough for a header"), /^no HdrH/],
    ["V0", payload({ cookie: 0x1c849308 }), /encoding V0; write it with a library that/],
    ["V0, compressed", payload({ cookie: 0x1c849309 }), /encoding V0/],
    ["V1", payload({ cookie: 0x1c849331 }), /encoding V1/],
    ["V1, compressed", payload({ cookie: 0x1c849302 }), /encoding V1/],
    ["a DoubleHistogram", payload({ cookie: 0x0c72124e }), /DoubleHistogram; record integers/],
    ["a nested one", compress(compress(payload())), /within a compressed histogram/],
    ["a length too short", payload({ payloadLength: 3 }), /^3 bytes of counts are announced, 4/],
    ["a length too long", payload({ payloadLength: 5 }), /^5 bytes of counts are announced/],
    ["a negative length", payload({ payloadLength: 0xffffffff }), /^4294967295 bytes of counts/],
    ["a compressed length too short", compress(payload(), 20), /^20 compressed bytes are annou/],
    ["a compressed length too long", compress(payload(), 2 ** 31), /compressed bytes are announ/],
    ["six digits", payload({ digits: 6 }), /^6 significant digits; 0 to 5/],
    ["minus one digit", payload({ digits: -1 }), /^-1 significant digits/],
    ["2 billion digits", payload({ digits: 2 ** 31 - 1 }), /significant digits/],
    ["lowest 0", payload({ lowest: 0n }), /^lowest discernible value 0; it starts at 1/],
    ["lowest below 0", payload({ lowest: -5n }), /^lowest discernible value -5/],
    ["highest 0", payload({ highest: 0n }), /^highest trackable value 0 is below twice/],
    ["highest below 0", payload({ highest: -1n }), /^highest trackable value -1/],
    ["highest below twice lowest", payload({ lowest: 9n, highest: 17n }), /17 is below twice/],
    ["more than 63 bits", payload({ lowest: 2n ** 60n, highest: 2n ** 62n }), /63 bits/],
    [
      "a cut integer",
      payload({ counts: [2, 0x80] }),
      /^the counts end within the integer at byte 1/,
    ],
    [
      "a count of 2^53",
      payload({ counts: [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20] }),
      /2\^53/,
    ],
    ["a count of 2^63", payload({ counts: Array.from({ length: 9 }, () => 0xfe) }), /2\^53/],
    ["a sum of 2^53", payload({ counts: [MAX_COUNT, 1].flatMap(zigZag) }), /add up to more/],
    ["a run past the end", payload({ counts: zigZag(-21_505) }), /more than the 21504 buckets/],
    [
      "a count past the end",
      payload({ counts: [-21_504, 1].flatMap(zigZag) }),
      /more than the 21504/,
    ],
    ["a run of 2^63", payload({ counts: Array.from({ length: 9 }, () => 0xff) }), /more than the/],
    ["a run of 2^53", payload({ counts: zigZag(-MAX_COUNT) }), /more than the 21504 buckets/],
    [
      "values above 2^53",
      payload({ highest: 2n ** 62n, counts: [-54_000, 1].flatMap(zigZag) }),
      /^values above 2\^53 − 1 were recorded/,
    ],
  ];

  it.each(cases)("refuses %s", (_, bytes, reason) => {
    expect(reasonOf(decodeHdrV2(bytes))).toMatch(reason);
  });

  it("refuses what does not inflate, and says what zlib said", () => {
    const garbage = compress(payload());
    garbage.fill(0x55, 8);
    expect(reasonOf(decodeHdrV2(garbage))).toBe(
      "the compressed part is no whole zlib stream: incorrect header check",
    );
  });

  it("refuses a zip bomb at the limit, and at the caller's lower one", () => {
    const bomb = compress(new Uint8Array(64 * 1_048_576));
    expect(reasonOf(decodeHdrV2(bomb))).toBe("it inflates to more than 4194304 bytes");
    const { length } = payload();
    expect(decoded(decodeHdrV2(compress(payload()), length)).inflatedBytes).toBe(length);
    expect(reasonOf(decodeHdrV2(compress(payload()), length - 1))).toMatch(/^it inflates to more/);
    expect(reasonOf(decodeHdrV2(compress(payload()), 0))).toMatch(/^only 0 bytes may be inflated/);
  });

  it("refuses text that is not exactly base64", () => {
    const text = encodeHdrV2Base64(countsOf([[5000, 3]]));
    expect(decodeHdrV2Base64(text).ok).toBe(true);
    for (const bad of ["", " ", `${text} `, ` ${text}`, `${text}=`, `${text}AAAA`, `${text}\n`]) {
      expect([bad, decodeHdrV2Base64(bad).ok]).toEqual([bad, false]);
    }
    expect(reasonOf(decodeHdrV2Base64(`HIST\u0000${text.slice(4)}`))).toMatch(/^not base64/);
    expect(reasonOf(decodeHdrV2Base64(text.replace("HIST", "HÏST")))).toMatch(/^not base64/);
    expect(reasonOf(decodeHdrV2Base64("A".repeat(MAX_HDR_BASE64_LENGTH + 4)))).toMatch(
      /^1048580 base64 characters; at most 1048576/,
    );
    expect(reasonOf(decodeHdrV2Base64("A".repeat(MAX_HDR_BASE64_LENGTH)))).toMatch(/^no HdrHist/);
  });

  it("refuses a histogram cut at any byte or character", () => {
    const entries = Array.from(
      { length: 60 },
      (_, position) => [position * 97, 2 ** position % 1e9] as const,
    );
    const counts = countsOf(entries.map(([index, count]) => [index, Math.max(1, count)]));
    const whole = [encodeHdrV2(counts), encodeHdrV2Compressed(counts)];
    for (const bytes of whole) {
      expect(decodeHdrV2(bytes).ok).toBe(true);
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.slice(0, length);
        expect([length, decodeHdrV2(cut).ok]).toEqual([length, false]);
        if (length >= 8) {
          // The length made to fit: what is left to notice is the contents.
          const view = new DataView(cut.buffer);
          if (bytes === whole[1]) view.setUint32(4, length - 8);
          else continue;
          expect([length, decodeHdrV2(cut).ok]).toEqual([length, false]);
        }
      }
    }
    const text = encodeHdrV2Base64(counts);
    for (let length = 0; length < text.length; length++) {
      expect([length, decodeHdrV2Base64(text.slice(0, length)).ok]).toEqual([length, false]);
    }
  });

  it("never throws, and never counts what it refuses, whatever the bytes", () => {
    const check = (bytes: Uint8Array) => {
      const result = decodeHdrV2(bytes);
      if (!result.ok) expect(result.reason).not.toBe("");
      else {
        const sum = bucketsOf(result.histogram).reduce((total, [, , count]) => total + count, 0);
        expect(sum).toBe(result.histogram.totalCount);
      }
    };
    const anyCounts = fc.uint8Array({ maxLength: 200 }).map((counts) => [...counts]);
    const bigInt = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check));
    fc.assert(
      fc.property(anyCounts, (counts) => {
        check(payload({ counts }));
        check(compress(payload({ counts })));
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(anyCounts, fc.integer(), bigInt, bigInt, (counts, digits, lowest, highest) => {
        check(payload({ counts, digits: digits % 7, lowest, highest }));
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void decodeHdrV2Base64(text)));
  });

  it("never throws at a histogram with any one bit flipped", () => {
    for (const bytes of [payload(), compress(payload())]) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const result = decodeHdrV2(flipped);
        expect(result.ok || result.reason.length > 0).toBe(true);
      }
    }
  });
});

describe("recordInto", () => {
  function library(digits: number, values: readonly number[]): DecodedHdr {
    const histogram = new Float64Histogram(1, 3_600_000_000_000, digits);
    for (const value of values) histogram.recordValue(value);
    return decoded(decodeHdrV2Base64(encodeIntoCompressedBase64(histogram)));
  }

  it("converts each unit, rounded to whole microseconds", () => {
    expect(recordedUs(library(3, [183, 1999]), "ms").accepted).toEqual([
      [183_000, 1],
      [1_999_000, 1],
    ]);
    expect(recordedUs(library(3, [183, 1999]), "us").accepted).toEqual([
      [183, 1],
      [1999, 1],
    ]);
    expect(recordedUs(library(3, [0, 499, 500, 1499, 1500]), "ns").accepted).toEqual([
      [0, 1],
      [0, 1],
      [1, 1],
      [1, 1],
      [2, 1],
    ]);
  });

  it.each([1, 2, 3, 4, 5])("errs by at most half a bucket at %d digits", (digits) => {
    const value = fc.integer({ min: 0, max: 599_999_999_999 });
    fc.assert(
      fc.property(value, (valueNs) => {
        const { accepted } = recordedUs(library(digits, [valueNs]), "ns");
        const error = Math.abs((accepted[0]?.[0] ?? Number.NaN) - valueNs / 1000);
        expect(error).toBeLessThanOrEqual((0.5 * 10 ** -digits * valueNs) / 1000 + 0.5);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps the longest duration, whose bucket reaches past the limit", () => {
    const longest = library(3, [600_000_000]);
    expect(recordedUs(longest, "us")).toEqual({ accepted: [[600_000_000, 1]], refused: [] });
    expect(bucketIndex(600_000_000)).toBe(LONGEST_US_BUCKET);
  });

  it("refuses longer ones, each with its count", () => {
    const { accepted, refused } = recordedUs(library(3, [500, 601_000, 601_000]), "ms");
    expect(accepted).toEqual([[500_000, 1]]);
    expect(refused.map(([, count]) => count)).toEqual([2]);
    expect(refused[0]?.[0]).toBeCloseTo(601_000_000, -6);
    expect(recordedUs(library(3, [3_000_000_000_000]), "ms").refused).toHaveLength(1);
  });
});
