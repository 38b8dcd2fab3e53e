import { describe, expect, it } from "vitest";
import { parseEvent } from "../../../examples/tracking-worker/tracked-event.ts";
import { madeUpEvent } from "../../../scripts/lib/made-up-event.ts";

const SERIES = { ratePerSecond: 10, run: "3f2c9a10" };
const events = Array.from({ length: 6_000 }, (_, at) => madeUpEvent(SERIES, at + 1, `id-${at}`));

describe("made-up events", () => {
  it("are all taken by the tracking Worker", () => {
    for (const event of events) {
      const parsed = parseEvent({ ...event, platforms: ["meta"] }, () => "never");
      expect(parsed).toMatchObject({ ok: true, event: { visitor: event.visitor } });
    }
  });

  it("make journeys: several events and channels of each visitor, with and without a purchase", () => {
    const visitors = Map.groupBy(events, ({ visitor }) => visitor);
    // But those at either end, whose journeys are cut.
    const whole = [...visitors.values()].slice(30, -30);
    const mean = whole.reduce((sum, { length }) => sum + length, 0) / whole.length;
    expect(mean).toBeGreaterThan(6);
    expect(mean).toBeLessThan(10);
    const buyers = whole.filter((own) => own.some(({ event }) => event === "Purchase"));
    expect(buyers.length / whole.length).toBeGreaterThan(0.5);
    expect(buyers.length / whole.length).toBeLessThan(0.95);
    const varied = whole.filter((own) => new Set(own.map(({ channel }) => channel)).size > 1);
    expect(varied.length / whole.length).toBeGreaterThan(0.9);
  });

  it("have visitors of their own in each run", () => {
    const other = madeUpEvent({ ...SERIES, run: "aaaaaaaa" }, 1, "id");
    expect(events.map(({ visitor }) => visitor)).not.toContain(other.visitor);
  });
});
