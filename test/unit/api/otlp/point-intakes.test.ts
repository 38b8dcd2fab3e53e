import { describe, expect, it } from "vitest";
import { pointIntakes } from "../../../../src/api/otlp/point-intakes.ts";
import { parseConfig } from "../../../../src/config.ts";
import { ByteReader } from "../../../../src/histogram/byte-reader.ts";
import { readDelta } from "../../../../src/merge/delta.ts";
import { PointSorter } from "../../../../src/otlp/point-sorter.ts";
import { readOtlpJson } from "../../../../src/otlp/read-otlp-json.ts";
import { attributes, nanos, requestOf } from "../../../support/otlp-request.ts";

const NOW = 1_795_190_060_000;

function sorted(temporality: number, points: number, buckets: number): PointSorter {
  const bounds = Array.from({ length: buckets - 1 }, (_, i) => (i + 1) * 0.01);
  const dataPoints = Array.from({ length: points }, (_, i) => ({
    attributes: attributes({ "tachograph.target": "meta", "tachograph.operation": `op${i}` }),
    timeUnixNano: nanos(NOW),
    count: String(buckets * 50),
    explicitBounds: bounds,
    bucketCounts: Array.from({ length: buckets }, () => "50"),
    exemplars: [{ asDouble: 0.5, traceId: "ab".repeat(16) }],
  }));
  const histogram = { aggregationTemporality: temporality, dataPoints };
  const request = requestOf({ name: "http.client.request.duration", unit: "s", histogram });
  const { otlp: config } = parseConfig({});
  const sorter = new PointSorter({ config, maxTargets: 64, nowMs: NOW, random: () => 0.5 });
  sorter.sort(readOtlpJson(request));
  expect(sorter.rejected.count).toBe(0);
  return sorter;
}

describe("pointIntakes", () => {
  it("hands deltas over in parts that fit into a log row, each known by itself", () => {
    const { targets } = sorted(1, 255, 100);
    const intakes = pointIntakes(targets, { reporter: "otlp-abc", shardOf: () => 0 });
    expect(intakes.length).toBeGreaterThan(1);
    const operations = new Set<string>();
    for (const [i, { intake, points }] of intakes.entries()) {
      expect(intake).toMatchObject({ target: "meta", sequence: 1, givenUp: 0 });
      expect(intake.reporter).toBe(i === 0 ? "otlp-abc" : `otlp-abc-${i}`);
      expect(points).toBe(i === 0 ? 255 : 0);
      if (intake.content.kind !== "histograms") throw new Error("it is no delta");
      expect(intake.content.delta.length).toBeLessThanOrEqual(1_000_000);
      const delta = readDelta(new ByteReader(intake.content.delta));
      expect(delta.reduce((sum, { aggregate }) => sum + aggregate.count, 0)).toBe(
        intake.content.timings,
      );
      for (const { operation } of delta) operations.add(operation);
    }
    expect(operations.size).toBe(255);
    expect(intakes[0]?.intake.exemplars).toHaveLength(64);
    expect(intakes[1]?.intake.exemplars).toBeUndefined();
  });

  it("hands totals over in parts that a shard takes, those of a stream to one shard", () => {
    const { targets } = sorted(2, 1_200, 10);
    const shardOf = (_: string, stream: string): number => Number.parseInt(stream, 16) % 3;
    const intakes = pointIntakes(targets, { reporter: "otlp-abc", shardOf });
    let totals = 0;
    for (const { intake, points } of intakes) {
      expect(intake.reporter).toBeUndefined();
      if (intake.content.kind !== "cumulative") throw new Error("they are no totals");
      const { content, key = "" } = intake;
      expect(content.totals).toHaveLength(points);
      expect(points).toBeLessThanOrEqual(409);
      const shards = new Set(content.totals.map(({ stream }) => shardOf("meta", stream)));
      expect([...shards]).toEqual([shardOf("meta", key)]);
      totals += points;
    }
    expect(totals).toBe(1_200);
  });
});
