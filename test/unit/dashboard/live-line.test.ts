import { describe, expect, it, vi } from "vitest";
import { targetErrorRate } from "../../../dashboard/src/cards/errors/target-error-rate.ts";
import { LiveLine, ofPillars } from "../../../dashboard/src/live/live-line.ts";
import type { Stretch } from "../../../dashboard/src/live/live-trail.ts";
import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { NOTHING_HEARD, takeFrame } from "../../../src/stream/live-state.ts";
import type { ContentFrame, PillarViews } from "../../../src/stream/stream-frame.ts";
import { aSeries } from "./support/a-series.ts";
import { snapshotFrame, tickFrame } from "./support/frames.ts";

const START = Date.UTC(2026, 4, 4, 12);
const NONE = { latency: null, errors: null, throughput: null, d1: null, cache: null };

/** A line, and what it asked history for. */
function lineOf(query: ReturnType<typeof ofPillars>) {
  const asked: Stretch[] = [];
  const onPast = vi.fn<() => void>();
  const readPast = async (stretch: Stretch) => {
    asked.push(stretch);
    return [{ at: START, values: [7] }];
  };
  return { line: new LiveLine({ ...query, readPast }, onPast), asked, onPast };
}

/** Whether there are pillars at all stands for their numbers. */
const byPillars = ofPillars(({ latency }: PillarViews) => (latency === null ? 0 : 1));

function values({ points }: LiveLine): readonly (number | null)[] | undefined {
  return points.lines[0];
}

describe("LiveLine", () => {
  it("begins with what is known, and keeps it while a frame has no pillars", () => {
    const { line } = lineOf(byPillars);
    line.begin(NOTHING_HEARD);
    expect(values(line)).toEqual([]);
    const first = snapshotFrame(1, { at: START + 1_000, pillars: NONE });
    const state = takeFrame(NOTHING_HEARD, first);
    if (state === undefined) throw new Error("a snapshot was not taken");
    line.begin(state);
    line.take(tickFrame(2, { at: START + 2_000 }));
    const latency = { grade: "GOOD", color: "blue", score: 8, targets: [] };
    const pillars: PillarViews = JSON.parse(JSON.stringify({ ...NONE, latency }));
    line.take(tickFrame(3, { at: START + 3_000, pillars }));
    line.take(tickFrame(4, { at: START + 4_000 }));
    expect(values(line)).toEqual([0, 0, 1, 1]);
    line.close();
  });

  it("asks history from the begin of the first minute whose end is missing", async () => {
    const { line, asked, onPast } = lineOf(byPillars);
    line.take(snapshotFrame(1, { at: START + 1_000 }));
    await vi.waitFor(() => expect(onPast).toHaveBeenCalled());
    expect(asked).toEqual([{ from: START - 15 * MINUTE_MS, to: START }]);
    expect(line.points.at).toEqual([START, START + 1_000]);
    expect(values(line)).toEqual([7, 0]);
    expect(line.fault).toBe("");
    line.close();
  });
});

describe("targetErrorRate", () => {
  const { valueNow, valueOf } = targetErrorRate("meta");
  const failing = aSeries("meta", "*", { count: 4, errorRate: 0.25 });

  it("is that of the whole target's last minute; none without calls in it", () => {
    const state = takeFrame(NOTHING_HEARD, snapshotFrame(1, { series: [failing] }));
    expect(state && valueNow(state)).toBe(0.25);
    expect(valueNow(NOTHING_HEARD)).toBeNull();
    expect(valueOf(tickFrame(2, { series: [failing] }))).toBe(0.25);
    expect(valueOf(tickFrame(2, { series: [aSeries("meta", "*")] }))).toBeNull();
  });

  it("stays as it was in a tick that does not name it, and ends where it is gone", () => {
    const other = aSeries("meta", "purchase", { count: 1, errorRate: 1 });
    const gone: ContentFrame["gone"] = { series: [{ target: "meta", operation: "*" }], limits: [] };
    expect(valueOf(tickFrame(2, { series: [other] }))).toBeUndefined();
    expect(valueOf(tickFrame(2, { gone }))).toBeNull();
    expect(valueOf(snapshotFrame(3, { series: [other] }))).toBeNull();
  });
});
