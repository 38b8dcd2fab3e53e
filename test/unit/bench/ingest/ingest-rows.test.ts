import { describe, expect, it } from "vitest";
import { ingestRows } from "../../../../bench/ingest/ingest-rows.ts";
import type { SystemRates } from "../../../../bench/ingest/measure-rates.ts";
import type { SystemName } from "../../../../bench/ingest/systems.ts";

function ratesOf(...perSecond: readonly number[]): SystemRates {
  const runs = perSecond.map((timingsPerSecond) => ({
    timingsPerSecond,
    cpuUs: 1,
    clientCpus: 0.5,
    rows: 0,
  }));
  return { encoding: "JSON", runs };
}

describe("rows of ingest", () => {
  it("hold the median of the ratios of each round against the goal", () => {
    const rates = new Map<number, ReadonlyMap<SystemName, SystemRates>>([
      [
        1,
        new Map<SystemName, SystemRates>([
          ["answer", ratesOf(100, 10, 1_000)],
          ["json", ratesOf(70, 5, 600)],
        ]),
      ],
      [
        1_000,
        new Map<SystemName, SystemRates>([
          ["binding", ratesOf(40, 100, 90)],
          ["victoriaMetrics", ratesOf(10, 50, 20)],
          ["influxdb", ratesOf(10, 20, 30)],
        ]),
      ],
    ]);
    const goals = ingestRows(rates, []).filter(({ goal }) => goal !== "–");
    expect(goals.map(({ measured, verdict }) => [measured, verdict])).toEqual([
      ["4×", "pass"],
      ["4×", "MISS"],
      ["0.6×", "pass"],
    ]);
  });

  it("say why somebody was not measured", () => {
    const rows = ingestRows(new Map([[1_000, new Map([["binding", ratesOf(1)] as const])]]), [
      { name: "VictoriaMetrics", missing: "it is not installed" },
    ]);
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(["skipped"]));
    expect(rows[0]?.note).toBe("VictoriaMetrics: it is not installed");
  });
});
