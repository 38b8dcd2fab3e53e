import fc from "fast-check";
import { expect, test } from "vitest";
import type { AlertView } from "../../../src/alerts/alert-view.ts";
import { AlertNews } from "../../../src/coordinator/alert-news.ts";
import { alertOf } from "../../support/hub-world.ts";
import { seedOf } from "../../support/seeded.ts";

const EVERY_MS = 5_000;

test("who takes in the news knows every open alert as it was at the last telling", () => {
  const ticks = fc.array(
    fc.record({
      afterMs: fc.integer({ min: -7_200_000, max: 20_000 }),
      values: fc.dictionary(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 2 })),
    }),
    { maxLength: 30 },
  );
  const property = fc.property(ticks, (steps) => {
    const news = new AlertNews();
    const known = new Map<string, AlertView>();
    let nowMs = 1_795_190_000_000;
    let toldAt = -Infinity;
    for (const { afterMs, values } of steps) {
      nowMs += afterMs;
      const open = Object.entries(values).map(([id, value]) => ({ ...alertOf(id), value }));
      let isAsked = false;
      const told = news.take(() => {
        isAsked = true;
        return open;
      }, nowMs);
      const isDue = nowMs < toldAt || nowMs - toldAt >= EVERY_MS;
      expect(isAsked).toBe(isDue);
      if (isDue) toldAt = nowMs;
      else expect(told).toEqual([]);
      for (const alert of told) {
        // What is known already is not told again.
        expect(known.get(alert.id)).not.toEqual(alert);
        known.set(alert.id, alert);
      }
      if (!isDue) continue;
      for (const alert of open) expect(known.get(alert.id)).toEqual(alert);
      // What has ended is told by a frame of its own.
      for (const id of known.keys()) if (!(id in values)) known.delete(id);
    }
  });
  fc.assert(property, { seed: seedOf("alert news", process.env["SEED"]), numRuns: 500 });
});
