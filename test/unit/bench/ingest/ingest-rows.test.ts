import { describe, expect, it } from "vitest";
import type { Absence } from "../../../../bench/ingest/absence.ts";
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
          ["json", ratesOf(10, 60, 40)],
          ["victoriaMetrics", ratesOf(10, 50, 20)],
          ["influxdb", ratesOf(10, 20, 30)],
        ]),
      ],
    ]);
    const goals = ingestRows(rates, new Map()).filter(({ goal }) => goal !== "–");
    expect(goals.map(({ measured, verdict }) => [measured, verdict])).toEqual([
      ["4×", "pass"],
      ["4×", "MISS"],
      ["0.6×", "pass"],
    ]);
    expect(goals.map(({ note }) => note.split("; ", 1)[0])).toEqual([
      "over HTTP, as theirs: 1.2×",
      "over HTTP, as theirs: 1.33×",
      "70/s as JSON against 100/s as JSON",
    ]);
  });

  it("say why somebody was not measured, and keep the figures of the others", () => {
    const atThousand = new Map<SystemName, SystemRates>([
      ["binding", ratesOf(40)],
      ["influxdb", ratesOf(10)],
    ]);
    const absences = new Map<SystemName, Absence>([
      ["victoriaMetrics", { name: "VictoriaMetrics", why: "not installed", isMissing: true }],
      ["answer", { name: "The Worker", why: "broke off", isMissing: false }],
    ]);
    const goals = ingestRows(new Map([[1_000, atThousand]]), absences).slice(0, 3);
    expect(goals.map(({ verdict }) => verdict)).toEqual(["skipped", "MISS", "failed"]);
    expect(goals[0]?.note).toBe("VictoriaMetrics: not installed");
    expect(goals[2]?.note).toBe("The Worker: broke off");
  });
});
