import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BucketTally } from "../../../dashboard/src/live/bucket-tally.ts";
import { decodeHistogram } from "../../../dashboard/src/live/decode-histogram.ts";
import { anyDurations, serverCounts, serverText } from "./support/timings.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("decoded histograms", process.env["SEED"]);

const PERCENTILES = [0.1, 25, 50, 90, 95, 99, 99.9, 100];

async function decoded(text: string) {
  const result = await decodeHistogram(text);
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return result.histogram;
}

async function reasonOf(text: string): Promise<string> {
  const result = await decodeHistogram(text);
  return result.ok ? "accepted" : result.reason;
}

/** A compressed histogram around any bytes. */
function wrapped(inner: Uint8Array): string {
  const deflated = deflateSync(inner);
  const bytes = Buffer.alloc(8 + deflated.length);
  bytes.writeUInt32BE(0x1c849314, 0);
  bytes.writeUInt32BE(deflated.length, 4);
  deflated.copy(bytes, 8);
  return bytes.toString("base64");
}

describe("decodeHistogram", () => {
  it("with BucketTally gives the percentiles that the server gives, of any merge", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyDurations, { maxLength: 6 }),
        anyDurations,
        async (parts, gone) => {
          const tally = new BucketTally();
          const passing = await decoded(serverText(gone));
          tally.add(passing);
          for (const part of parts) tally.add(await decoded(serverText(part)));
          tally.percentilesMs(PERCENTILES);
          tally.subtract(passing);
          tally.forEach((_highestUs, count) => expect(count).toBeGreaterThan(0));
          const server = serverCounts(parts.flat());
          expect(tally.total).toBe(server.total);
          const values = server.valuesAtPercentiles(PERCENTILES).map((us) => us / 1000);
          expect(tally.percentilesMs(PERCENTILES)).toEqual(
            values.length === 0 ? PERCENTILES.map(() => null) : values,
          );
        },
      ),
      { seed, numRuns: 150 },
    );
  });

  it("never rejects, whatever the text", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.uint8Array().map((bytes) => wrapped(bytes)),
        ),
        async (text) => {
          expect(await reasonOf(text)).not.toBe("");
        },
      ),
      { seed },
    );
  });

  it("refuses a text that was cut, or changed", async () => {
    const text = serverText([1_000, 20_000, 300_000]);
    expect(await reasonOf(text)).toBe("accepted");
    expect(await reasonOf(text.slice(0, -8))).toContain("are announced");
    expect(await reasonOf("!")).toBe("not base64");
    expect(await reasonOf("")).toContain("too few");
    const bytes = Buffer.from(text, "base64");
    bytes[12] = (bytes[12] ?? 0) ^ 0xff;
    expect(await reasonOf(bytes.toString("base64"))).toMatch(
      /no whole zlib stream|no HdrHistogram|bytes/,
    );
  });

  it("stops at one that would unpack without end", async () => {
    expect(await reasonOf(wrapped(new Uint8Array(50_000_000)))).toContain("inflates to more than");
    expect(await reasonOf("A".repeat(600_000))).toContain("at most");
  });
});
