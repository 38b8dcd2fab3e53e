import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LatencyFeed, type LiveLatency } from "../../../dashboard/src/live/latency-feed.ts";
import { Store } from "../../../dashboard/src/store.ts";
import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { type LiveState, NOTHING_HEARD, takeFrame } from "../../../src/stream/live-state.ts";
import type { ContentFrame } from "../../../src/stream/stream-frame.ts";
import { aSeries, someStats } from "./support/a-series.ts";
import { FakeWebSocket, fakeWebSockets } from "./support/fake-web-socket.ts";
import { helloFrame, snapshotFrame, tickFrame } from "./support/frames.ts";
import { serverText } from "./support/timings.ts";

const START = Date.UTC(2026, 4, 4, 12);
const CHOICE = { target: "meta", operation: "*", window: "1m" } as const;

/** A session whose server is the test. */
class FakeSession {
  readonly token = "a-token";
  readonly live = new Store<LiveState>(NOTHING_HEARD);
  readonly asked: unknown[] = [];
  listener: ((frame: ContentFrame) => void) | undefined;
  points: readonly object[] = [];
  readonly api = {
    ask: async <Answer>(_path: string, { query }: { readonly query?: object } = {}) => {
      this.asked.push(query);
      const answer: Answer = JSON.parse(JSON.stringify({ points: this.points }));
      return answer;
    },
  };

  onContent(listener: (frame: ContentFrame) => void): () => void {
    this.listener = listener;
    return () => (this.listener = undefined);
  }

  say(frame: ContentFrame): void {
    const next = takeFrame(this.live.value, frame);
    if (next !== undefined) this.live.set(next);
    this.listener?.(frame);
  }
}

let feed: LatencyFeed | undefined;
/** What waits for the browser to paint. */
let due: (() => void)[] = [];

function follow(session: FakeSession): LatencyFeed {
  feed = new LatencyFeed(session, CHOICE);
  return feed;
}

/** What is shown once the browser has painted. */
function shownOf({ live }: LatencyFeed): LiveLatency {
  const painted = due;
  due = [];
  for (const paint of painted) paint();
  return live.value;
}

/** The newest value of the first line. */
function newestP50(ours: LatencyFeed): number | null | undefined {
  return shownOf(ours).points.lines[0]?.at(-1);
}

beforeEach(() => {
  fakeWebSockets();
  due = [];
  vi.stubGlobal("requestAnimationFrame", (paint: () => void) => due.push(paint));
  vi.stubGlobal("cancelAnimationFrame", () => undefined);
});
afterEach(() => {
  feed?.close();
  feed = undefined;
  vi.unstubAllGlobals();
});

describe("LatencyFeed", () => {
  it("begins with what is known, keeps it, and lets go of what is gone", () => {
    const session = new FakeSession();
    const at = (seq: number): number => START + seq * 1_000;
    const known = aSeries("meta", "*", { count: 1, p50Ms: 20 });
    session.say(snapshotFrame(1, { at: at(1), series: [known] }));
    const ours = follow(session);
    expect(newestP50(ours)).toBe(20);
    session.say(tickFrame(2, { at: at(2), series: [aSeries("meta", "purchase", { p50Ms: 9 })] }));
    expect(newestP50(ours)).toBe(20);
    session.say(tickFrame(3, { at: at(3), series: [aSeries("meta", "*", { p50Ms: 30 })] }));
    expect(newestP50(ours)).toBe(30);
    const gone = { series: [{ target: "meta", operation: "*" }], limits: [] };
    session.say(tickFrame(4, { at: at(4), gone }));
    expect(newestP50(ours)).toBeNull();
    session.say(tickFrame(5, { at: at(5), series: [known] }));
    session.say(snapshotFrame(6, { at: at(6) }));
    expect(newestP50(ours)).toBeNull();
    expect(shownOf(ours).points.at).toEqual([1, 2, 3, 4, 5, 6].map(at));
  });

  it("has the windows that end with each minute of the past, as lines and as columns", async () => {
    const session = new FakeSession();
    const minute = (ago: number, us: readonly number[]) => ({
      at: START - ago * MINUTE_MS,
      stepMs: MINUTE_MS,
      coveredMs: MINUTE_MS,
      ...someStats(),
      histogram: serverText(us),
    });
    session.points = [minute(3, [20_000]), minute(2, [40_000, 40_000])];
    const ours = follow(session);
    session.say(snapshotFrame(1, { at: START + 2_000 }));
    await vi.waitFor(() => expect(shownOf(ours).columns.length).toBeGreaterThan(1));
    expect(session.asked).toEqual([
      {
        target: "meta",
        operation: "*",
        // The window that ends with the first minute begins before it.
        from: START - 15 * MINUTE_MS,
        to: START,
        step: "1m",
        histogram: 1,
      },
    ]);
    const { points, columns } = shownOf(ours);
    const p50At = (at: number) => points.lines[0]?.[points.at.indexOf(at)];
    expect(p50At(START - 2 * MINUTE_MS)).toBeCloseTo(20, 1);
    expect(p50At(START - MINUTE_MS)).toBeCloseTo(40, 1);
    expect(p50At(START)).toBeNull();
    const totals = new Map(columns.map(({ to, counts }) => [to, counts.total]));
    expect(totals.get(START - 2 * MINUTE_MS)).toBe(1);
    expect(totals.get(START - MINUTE_MS)).toBe(2);
  });

  it("says what cannot be read of the past and of the window, and both if need be", async () => {
    const session = new FakeSession();
    session.points = [
      { at: START - MINUTE_MS, stepMs: MINUTE_MS, coveredMs: MINUTE_MS, histogram: "HISTF" },
    ];
    const ours = follow(session);
    session.say(snapshotFrame(1, { at: START + 2_000 }));
    await vi.waitFor(() => expect(shownOf(ours).fault).toContain("2026-05-04T11:59:00.000Z"));
    const [socket] = FakeWebSocket.all;
    socket?.open();
    socket?.say(helloFrame());
    const broken = {
      ...aSeries("meta", "*"),
      windows: { "1m": { ...someStats(), histogram: "?" } },
    };
    const frame = { ...snapshotFrame(1), series: [broken] };
    socket?.say(frame);
    const before = shownOf(ours).fault;
    await vi.waitFor(() => expect(shownOf(ours).fault.length).toBeGreaterThan(before.length));
    expect(shownOf(ours).fault).toContain(before);
  });
});
