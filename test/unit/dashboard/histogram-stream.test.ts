import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HistogramStream } from "../../../dashboard/src/live/histogram-stream.ts";
import type { ContentFrame, SeriesView } from "../../../src/stream/stream-frame.ts";
import { someStats } from "./support/a-series.ts";
import { FakeWebSocket, fakeWebSockets } from "./support/fake-web-socket.ts";
import { helloFrame, snapshotFrame, tickFrame } from "./support/frames.ts";
import { serverText } from "./support/timings.ts";

const told: (readonly [total: number, at: number])[] = [];
const faults: string[] = [];
let stream: HistogramStream | undefined;

/** The window with its histogram: the only one that is subscribed to. */
function series(histogram: string | undefined, operation = "*"): SeriesView {
  const stats = { ...someStats(), ...(histogram === undefined ? {} : { histogram }) };
  const view = { target: "meta", kind: "platform", operation, windows: { "5m": stats } };
  const whole: SeriesView = JSON.parse(
    JSON.stringify({ ...view, grades: { latency: null, errors: null } }),
  );
  return whole;
}

function open(): FakeWebSocket {
  const choice = { target: "meta", operation: "*", window: "5m" } as const;
  stream = new HistogramStream("a-token", choice, {
    onTally: (tally, at) => told.push([tally.total, at]),
    onFault: (fault) => faults.push(fault),
  });
  const [socket] = FakeWebSocket.all;
  if (socket === undefined) throw new Error("nothing was opened");
  socket.open();
  socket.say(helloFrame());
  return socket;
}

/** Waits until a frame of this time has been decoded. */
async function shown(frame: ContentFrame): Promise<number | undefined> {
  await vi.waitFor(() => expect(told.map(([, at]) => at)).toContain(frame.at));
  return told.findLast(([, at]) => at === frame.at)?.[0];
}

beforeEach(() => {
  fakeWebSockets();
  vi.spyOn(console, "info").mockReturnValue();
  told.length = 0;
  faults.length = 0;
});
afterEach(() => {
  stream?.close();
  stream = undefined;
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("HistogramStream", () => {
  it("subscribes to the one window, with its histogram", () => {
    const { searchParams } = new URL(open().url);
    expect(Object.fromEntries(searchParams)).toEqual({
      targets: "meta",
      windows: "5m",
      histograms: "1",
    });
  });

  it("keeps what a tick does not name, and drops what is gone", async () => {
    const socket = open();
    const first = snapshotFrame(1, { series: [series(serverText([1_000, 2_000]))] });
    socket.say(first);
    expect(await shown(first)).toBe(2);
    const other = tickFrame(2, { series: [series(serverText([5]), "purchase")] });
    socket.say(other);
    expect(await shown(other)).toBe(2);
    const more = tickFrame(3, { series: [series(serverText([1, 2, 3]))] });
    socket.say(more);
    expect(await shown(more)).toBe(3);
    const gone = { series: [{ target: "meta", operation: "*" }], limits: [] };
    const last = tickFrame(4, { gone });
    socket.say(last);
    expect(await shown(last)).toBe(0);
    const again = snapshotFrame(9, { series: [series(undefined)] });
    socket.say(again);
    expect(await shown(again)).toBe(0);
    expect(faults).toEqual([]);
  });

  it("tells nothing of a tick that does not follow, and begins again", async () => {
    const socket = open();
    const first = snapshotFrame(1, { series: [series(serverText([1]))] });
    socket.say(first);
    await shown(first);
    socket.say(tickFrame(3, { series: [series(serverText([1, 2]))] }));
    expect(socket.readyState).toBe(FakeWebSocket.CLOSING);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toEqual([[1, first.at]]);
  });

  it("says what it cannot read, and goes on with the next", async () => {
    const socket = open();
    socket.say(snapshotFrame(1, { series: [series("HISTF")] }));
    await vi.waitFor(() => expect(faults).toHaveLength(1));
    const next = tickFrame(2, { series: [series(serverText([7]))] });
    socket.say(next);
    expect(await shown(next)).toBe(1);
  });

  it("shows the newest of many that come at once, and nothing once it is closed", async () => {
    const socket = open();
    socket.say(snapshotFrame(1, { series: [series(serverText([1]))] }));
    const texts = [2, 3, 4, 5].map((count) =>
      serverText(Array.from({ length: count }, (_, index) => index)),
    );
    for (const [index, text] of texts.entries()) {
      socket.say(tickFrame(index + 2, { series: [series(text)] }));
    }
    await vi.waitFor(() => expect(told.at(-1)?.[0]).toBe(5));
    const count = told.length;
    socket.say(tickFrame(6, { series: [series(serverText([1]))] }));
    stream?.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toHaveLength(count);
  });
});
