import { describe, expect, it } from "vitest";
import { defaultTarget } from "../../../dashboard/src/cards/latency/default-target.ts";
import { CRITICAL, DEGRADED, type Grade } from "../../../src/grades/grade.ts";
import { byId, anAlert } from "./support/an-alert.ts";
import { seriesMap, seriesView } from "./support/series.ts";

function target(name: string, count: number, latency: Grade | null = null, minuteCount = 60) {
  const grades = { latency, errors: null };
  return seriesView({ target: name, grades }, { "1m": { ok: minuteCount }, "1h": { ok: count } });
}

describe("defaultTarget", () => {
  it("is the one with the worst alert that fires, if it has timings", () => {
    const series = seriesMap([target("aged", 0), target("meta", 9, CRITICAL), target("tiktok", 3)]);
    const alerts = byId(
      anAlert({ id: "1", target: "gone", severity: "CRITICAL" }),
      anAlert({ id: "2", target: "aged", severity: "CRITICAL", state: "pending" }),
      anAlert({ id: "3", target: "aged", severity: "MEDIUM" }),
      anAlert({ id: "4", target: "tiktok", severity: "HIGH" }),
    );
    expect(defaultTarget({ series, alerts })).toBe("tiktok");
  });

  it("is the worst graded, and of those the busiest", () => {
    const series = seriesMap([
      target("busy", 900),
      target("bad", 5, CRITICAL),
      target("rare", 700, CRITICAL, 1),
      target("worse", 50, CRITICAL),
      target("weak", 500, DEGRADED),
    ]);
    expect(defaultTarget({ series, alerts: byId() })).toBe("worse");
  });

  it("is the busiest where none is graded, and the whole of it", () => {
    const part = seriesView({ target: "batch", operation: "run" }, { "1h": { ok: 900 } });
    const series = seriesMap([part, target("aged", 0), target("busy", 20)]);
    expect(defaultTarget({ series, alerts: byId() })).toBe("busy");
    expect(defaultTarget({ series: seriesMap([]), alerts: byId() })).toBe("");
  });
});
