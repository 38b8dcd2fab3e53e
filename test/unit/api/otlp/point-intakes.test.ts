import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pointIntakes } from "../../../../src/api/otlp/point-intakes.ts";
import { parseConfig } from "../../../../src/config.ts";
import { ByteReader } from "../../../../src/histogram/byte-reader.ts";
import { DeltaBuilder, readDelta } from "../../../../src/merge/delta.ts";
import { ShardState } from "../../../../src/merge/shard-state.ts";
import { PointSorter } from "../../../../src/otlp/point-sorter.ts";
import { readOtlpJson } from "../../../../src/otlp/read-otlp-json.ts";
import { ExemplarSample, REPORT_LIMITS } from "../../../../src/wire/exemplar-sample.ts";
import { MemoryShardStore } from "../../../support/memory-shard-store.ts";
import { attributes, nanos, requestOf } from "../../../support/otlp-request.ts";
import { seedOf } from "../../../support/seeded.ts";

const NOW = 1_795_190_060_000;
const SLOT_MS = 5_000;
const DIGEST = "ab".repeat(16);

function pointOf(operation: string, buckets: number): object {
  return {
    attributes: attributes({ "tachograph.target": "meta", "tachograph.operation": operation }),
    timeUnixNano: nanos(NOW),
    count: String(buckets * 50),
    explicitBounds: Array.from({ length: buckets - 1 }, (_, i) => (i + 1) * 0.01),
    bucketCounts: Array.from({ length: buckets }, () => "50"),
    exemplars: [{ asDouble: 0.5, traceId: "ab".repeat(16) }],
  };
}

function sorted(temporality: number, dataPoints: readonly object[]): PointSorter {
  const histogram = { aggregationTemporality: temporality, dataPoints };
  const request = requestOf({ name: "http.client.request.duration", unit: "s", histogram });
  const { otlp: config } = parseConfig({});
  const sorter = new PointSorter({ config, maxTargets: 64, nowMs: NOW, random: () => 0.5 });
  sorter.sort(readOtlpJson(request));
  return sorter;
}

function pointsOf(operations: number, buckets: number): object[] {
  return Array.from({ length: operations }, (_, i) => pointOf(`op${i}`, buckets));
}

/** A target of which a timing of each of so many operations came in some slots. */
function targetOf(slots: readonly { readonly at: number; readonly operations: number }[]) {
  const delta = new DeltaBuilder();
  for (const { at, operations } of slots) {
    for (let i = 0; i < operations; i++) delta.builder(at, `op${i}`).record(1_000, 0);
  }
  const exemplars = new ExemplarSample(REPORT_LIMITS, () => 0.5);
  return { delta, points: new Map<string, number>(), totals: [], exemplars };
}

describe("pointIntakes", () => {
  it("hands deltas over in parts that fit into a log row, each known by itself", () => {
    const { targets } = sorted(1, pointsOf(255, 100));
    const intakes = pointIntakes(targets, { digest: DIGEST, shardOf: () => 0 });
    expect(intakes.length).toBeGreaterThan(1);
    const operations = new Set<string>();
    const requests = new Set<string>();
    for (const { intake, points } of intakes) {
      expect(intake).toMatchObject({ target: "meta", reporter: undefined, givenUp: 0 });
      if (intake.content.kind !== "histograms") throw new Error("it is no delta");
      const { delta: bytes, timings, request = "" } = intake.content;
      expect(intake.key).toBe(request);
      expect(request).toMatch(/^[0-9a-f]{24}$/);
      requests.add(request);
      expect(bytes.length).toBeLessThanOrEqual(1_000_000);
      const delta = readDelta(new ByteReader(bytes));
      expect(delta.reduce((sum, { aggregate }) => sum + aggregate.count, 0)).toBe(timings);
      expect(points).toEqual(delta.map(() => 1));
      for (const { operation } of delta) operations.add(operation);
    }
    expect(operations.size).toBe(255);
    expect(requests.size).toBe(intakes.length);
    expect(intakes[0]?.intake.exemplars).toHaveLength(64);
    expect(intakes[1]?.intake.exemplars).toBeUndefined();
  });

  it("hands totals over in parts that a shard takes, those of a stream to one shard", () => {
    const { targets } = sorted(2, pointsOf(1_200, 10));
    const shardOf = (_: string, stream: string): number => Number.parseInt(stream, 16) % 3;
    const intakes = pointIntakes(targets, { digest: DIGEST, shardOf });
    let totals = 0;
    for (const { intake, points } of intakes) {
      expect(intake.reporter).toBeUndefined();
      if (intake.content.kind !== "cumulative") throw new Error("they are no totals");
      const { content, key = "" } = intake;
      expect(points).toEqual(content.totals.map(() => 1));
      expect(points.length).toBeLessThanOrEqual(409);
      const shards = new Set(content.totals.map(({ stream }) => shardOf("meta", stream)));
      expect([...shards]).toEqual([shardOf("meta", key)]);
      totals += points.length;
    }
    expect(totals).toBe(1_200);
  });

  it("hands deltas over before totals, whatever their targets", () => {
    const sorter = sorted(2, [pointOf("total", 3)]);
    const later = sorted(1, [pointOf("delta", 3)]);
    const targets = new Map([...sorter.targets, ["later", later.targets.get("meta")] as const]);
    const known = new Map([...targets].flatMap(([name, one]) => (one ? [[name, one]] : [])));
    const intakes = pointIntakes(known, { digest: DIGEST, shardOf: () => 0 });
    expect(intakes.map(({ intake }) => intake.content.kind)).toEqual(["histograms", "cumulative"]);
  });

  it("counts each slot once, whatever arrived before and whatever is too old by then", () => {
    // More than 1,953 operations of a slot, or of all slots, are more than one part.
    const slot = fc.record({ operations: fc.constantFrom(1, 700, 1_400, 2_100) });
    const attempt = fc.record({ gone: fc.nat(2), arrives: fc.nat(255) });
    fc.assert(
      fc.property(
        fc.array(slot, { minLength: 1, maxLength: 4 }),
        fc.array(attempt, { maxLength: 4 }),
        (slots, attempts) => {
          const state = new ShardState(new MemoryShardStore(), 16);
          let gone = 0;
          let accepted = 0;
          for (const one of [...attempts, { gone: 0, arrives: 255 }]) {
            gone += one.gone;
            const left = slots.slice(gone).map(({ operations }, i) => {
              return { at: NOW + (gone + i) * SLOT_MS, operations };
            });
            const targets = new Map([["meta", targetOf(left)]]);
            const intakes = pointIntakes(targets, { digest: DIGEST, shardOf: () => 0 });
            for (const [i, { intake }] of intakes.entries()) {
              if (((one.arrives >> (i % 8)) & 1) === 0) continue;
              const [verdict] = state.commit([{ ...intake, refused: {} }], NOW);
              if (verdict?.ok !== true) throw new Error("it was not taken");
              accepted += verdict.accepted;
            }
          }
          const { delta, ledger } = state.collect(
            { seen: 0, durable: 0, watched: false, dormant: false },
            NOW,
          );
          expect(ledger.accepted).toBe(accepted);
          const counted = new Map<number, number>();
          for (const { slotStart, aggregate } of readDelta(new ByteReader(delta))) {
            counted.set(slotStart, (counted.get(slotStart) ?? 0) + aggregate.count);
          }
          for (const [i, { operations }] of slots.entries()) {
            const count = counted.get(NOW + i * SLOT_MS) ?? 0;
            expect(count).toBeLessThanOrEqual(operations);
            if (i >= gone) expect(count).toBe(operations);
          }
        },
      ),
      { seed: seedOf("requests sent again", process.env["SEED"]), numRuns: 60 },
    );
  });
});
