import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  criticalTargets,
  liveErrorRows,
  rangeErrorRows,
  sumOfRows,
} from "../../../dashboard/src/cards/errors/error-row.ts";
import { seriesKey } from "../../../src/stream/live-state.ts";
import type { WindowStats } from "../../../src/stream/stream-frame.ts";
import { TARGET_KINDS } from "../../../src/target-kind.ts";
import { seriesMap, seriesView } from "./support/series.ts";
import { totalsPoint } from "./support/totals.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("rows of errors", process.env["SEED"]);

const anyCounts = fc.record({
  ok: fc.nat(50),
  error: fc.nat(50),
  timeout: fc.nat(50),
  rateLimited: fc.nat(50),
  hit: fc.nat(50),
  miss: fc.nat(50),
});

const anyViews = fc.uniqueArray(
  fc.record({
    target: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    operation: fc.constantFrom("*", "send"),
    kind: fc.constantFrom(...TARGET_KINDS),
    minute: anyCounts,
    hour: anyCounts,
  }),
  { selector: seriesKey, maxLength: 12 },
);

describe("the rows of errors", () => {
  it("are of every whole target but probes, and add up to its counts", () => {
    fc.assert(
      fc.property(anyViews, fc.constantFrom("1m", "1h"), (given, window) => {
        const views = given.map(({ target, operation, kind, minute, hour }) =>
          seriesView({ target, operation, kind }, { "1m": minute, "1h": hour }),
        );
        const rows = liveErrorRows(seriesMap(views), window);
        const counted = views.filter(
          ({ operation, kind }) => operation === "*" && kind !== "probe",
        );
        const sum = sumOfRows(rows);
        const total = (amountOf: (stats: WindowStats) => number): number =>
          counted.reduce((so, { windows }) => so + amountOf(windows[window]), 0);
        expect(sum.count).toBe(total(({ count }) => count));
        expect(sum.error + sum.timeout).toBe(total(({ error, timeout }) => error + timeout));
        expect(sum.rateLimited).toBe(total(({ rateLimited }) => rateLimited));
        expect(sum.good).toBe(total(({ ok, hit, miss }) => ok + hit + miss));
        for (const row of rows) {
          expect(row.good + row.error + row.timeout + row.rateLimited).toBe(row.count);
        }
      }),
      { seed },
    );
  });

  it("have what is CRITICAL now first, then the worst, whatever order they came in", () => {
    fc.assert(
      fc.property(anyViews, (given) => {
        const views = given.map(({ target, operation, kind, minute, hour }) =>
          seriesView({ target, operation, kind }, { "1m": minute, "1h": hour }),
        );
        const rows = liveErrorRows(seriesMap(views), "1h");
        const critical = criticalTargets(seriesMap(views));
        expect(new Set(rows.slice(0, critical.length).map(({ target }) => target))).toEqual(
          new Set(critical),
        );
        for (const part of [rows.slice(0, critical.length), rows.slice(critical.length)]) {
          const rates = part.map(({ errorRate }) => errorRate);
          expect(rates).toEqual(rates.toSorted((left, right) => right - left));
        }
        expect(liveErrorRows(seriesMap(views.toReversed()), "1h")).toEqual(rows);
      }),
      { seed },
    );
  });

  it("call a target CRITICAL by the server's grade, also where an hour hides it", () => {
    const views = [
      seriesView({ target: "meta" }, { "1m": { error: 20 }, "1h": { ok: 9_980, error: 20 } }),
      seriesView({ target: "tiktok" }, { "1m": { ok: 20 }, "1h": { ok: 900, error: 99 } }),
    ];
    const [first, second] = liveErrorRows(seriesMap(views), "1h");
    expect(first).toMatchObject({
      target: "meta",
      isCriticalNow: true,
      errorRate: 0.002,
      grade: { grade: "CRITICAL", color: "red" },
    });
    expect(second).toMatchObject({ target: "tiktok", isCriticalNow: false });
    expect(criticalTargets(seriesMap(views))).toEqual(["meta"]);
  });

  it("count neither an operation nor a probe as a critical target", () => {
    const views = [
      seriesView({ target: "meta", operation: "send" }, { "1m": { error: 20 } }),
      seriesView({ target: "probe", kind: "probe" }, { "1m": { error: 20 } }),
    ];
    expect(criticalTargets(seriesMap(views))).toEqual([]);
    expect(liveErrorRows(seriesMap(views), "1m")).toEqual([]);
  });

  it("leave out who had no calls in the window", () => {
    const views = [seriesView({ target: "meta" }, { "1h": { ok: 5 } })];
    expect(liveErrorRows(seriesMap(views), "1m")).toEqual([]);
    expect(liveErrorRows(seriesMap(views), "1h")).toHaveLength(1);
  });

  it("of a range are graded by its rate, and say who is CRITICAL now", () => {
    const now = seriesMap([seriesView({ target: "google" }, { "1m": { error: 9 } })]);
    const rows = rangeErrorRows(
      [
        totalsPoint({ target: "meta", ok: 90, timeout: 10 }),
        totalsPoint({ target: "google", ok: 999, error: 1 }),
        totalsPoint({ target: "probe", kind: "probe", error: 7 }),
      ],
      now,
    );
    expect(rows).toMatchObject([
      { target: "google", isCriticalNow: true, grade: { grade: "EXCELLENT" } },
      { target: "meta", isCriticalNow: false, grade: { grade: "CRITICAL" }, errorRate: 0.1 },
    ]);
    expect(rows).toHaveLength(2);
  });
});
