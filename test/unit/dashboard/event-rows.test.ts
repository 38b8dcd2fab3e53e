import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventRows } from "../../../dashboard/src/cards/throughput/event-rows.ts";
import { eventSteps } from "../../../dashboard/src/cards/throughput/event-steps.ts";
import { seriesKey } from "../../../src/stream/live-state.ts";
import { throughputPillar } from "../../../src/pillars/throughput-pillar.ts";
import { TARGET_KINDS } from "../../../src/target-kind.ts";
import { seriesMap, seriesView } from "./support/series.ts";
import { FROM, MINUTE_MS, totalsPoint } from "./support/totals.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("rows of events", process.env["SEED"]);

const anyViews = fc.uniqueArray(
  fc.record({
    target: fc.constantFrom("a", "b", "c", "d", "e"),
    operation: fc.constantFrom("*", "send"),
    kind: fc.constantFrom(...TARGET_KINDS),
    minute: fc.nat(50),
    before: fc.nat(50),
  }),
  { selector: seriesKey, maxLength: 10 },
);

describe("the events of targets", () => {
  it("add up to what the server says of all of them", () => {
    fc.assert(
      fc.property(anyViews, (given) => {
        const views = given.map(({ target, operation, kind, minute, before }) =>
          seriesView(
            { target, operation, kind },
            { "1m": { ok: minute }, "1h": { ok: minute + before } },
          ),
        );
        const wholes = views.filter(({ operation }) => operation === "*");
        const kinds = new Map(wholes.map(({ target, kind }) => [target, kind]));
        const pillar = throughputPillar(wholes, {
          minutes: {
            targets: [...kinds.keys()],
            meanPerMinute: () => null,
            lastTimingAt: () => FROM,
          },
          kindOf: (target) => kinds.get(target) ?? "platform",
          nowMs: FROM,
        });
        if (pillar === null) return;
        const rows = eventRows(seriesMap(views), pillar.events);
        const sumOf = (field: "perSecond" | "perMinute" | "perHour"): number =>
          rows.reduce((sum, row) => sum + row[field], 0);
        expect(sumOf("perMinute")).toBe(pillar.perMinute);
        expect(sumOf("perHour")).toBe(pillar.perHour);
        expect(sumOf("perSecond")).toBeCloseTo(pillar.perSecond, 9);
        const hours = rows.map(({ perHour }) => perHour);
        expect(hours).toEqual(hours.toSorted((left, right) => right - left));
      }),
      { seed },
    );
  });

  it("are of the same kinds in history", () => {
    const points = TARGET_KINDS.map((kind) => totalsPoint({ kind, ok: 1 }));
    const range = { from: FROM, to: FROM + MINUTE_MS, stepMs: MINUTE_MS };
    const countOf = (events: "worker" | "platform" | "all"): number | undefined =>
      eventSteps(points, range, events)[0]?.count;
    expect(countOf("worker")).toBe(1);
    expect(countOf("platform")).toBe(1);
    expect(countOf("all")).toBe(TARGET_KINDS.length - 1);
  });
});
