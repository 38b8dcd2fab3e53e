import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveStream } from "../../../dashboard/src/stream/live-stream.ts";
import type { SeriesView, StreamCursor } from "../../../src/stream/stream-frame.ts";
import { FakeWebSocket, fakeWebSockets } from "./support/fake-web-socket.ts";
import { helloFrame, snapshotFrame, tickFrame } from "./support/frames.ts";

/** Longer than any wait before it is opened again. */
const RETRY_MS = 6_000;

/** As a server that is broken would send it. */
const BROKEN: SeriesView = JSON.parse(
  '{"target":"meta","operation":"*","windows":{},"grades":{"latency":null,"errors":null}}',
);

let stream: LiveStream | undefined;
let cursor: StreamCursor | undefined;
let isTaken = true;
const taken: number[] = [];
const refusals: string[] = [];

function open(query?: Readonly<Record<string, string>>): LiveStream {
  stream = new LiveStream({
    token: "a-token",
    ...(query === undefined ? {} : { query }),
    cursor: () => cursor,
    onContent: (frame) => {
      taken.push(frame.seq);
      return isTaken;
    },
    onRefused: (detail) => refusals.push(detail),
  });
  return stream;
}

/** How many connections were made. */
function count(): number {
  return FakeWebSocket.all.length;
}

function newest(): FakeWebSocket {
  const socket = FakeWebSocket.all.at(-1);
  if (socket === undefined) throw new Error("nothing was opened");
  return socket;
}

/** A stream that is live, on its first connection. */
function openLive(): LiveStream {
  const opened = open();
  newest().open();
  newest().say(helloFrame());
  newest().say(snapshotFrame(1));
  return opened;
}

/** What `/v1/whoami` answers, and when. */
function answering(answer: () => Response | Promise<Response>): URL[] {
  const asked: URL[] = [];
  vi.stubGlobal("fetch", async (address: URL) => {
    asked.push(address);
    return answer();
  });
  return asked;
}

beforeEach(() => {
  vi.useFakeTimers();
  fakeWebSockets();
  vi.stubGlobal("document", { documentElement: { lang: "en" } });
  vi.spyOn(console, "info").mockReturnValue();
  cursor = undefined;
  isTaken = true;
  taken.length = 0;
  refusals.length = 0;
  answering(() => Promise.reject(new TypeError("Failed to fetch")));
});
afterEach(() => {
  stream?.close();
  stream = undefined;
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("a connection", () => {
  it("offers the token where a browser can, and asks for what is wanted", () => {
    open({ targets: "meta", windows: "5m" });
    expect(newest().url).toBe("wss://page.test/v1/stream?targets=meta&windows=5m");
    expect(newest().protocols).toEqual(["tachograph.v1", "bearer.a-token"]);
  });

  it("is live from the first content until none came for a while", async () => {
    const opened = open();
    newest().open();
    newest().say(helloFrame());
    expect(opened.isLive).toBe(false);
    newest().say(snapshotFrame(1));
    expect(opened.isLive).toBe(true);
    await vi.advanceTimersByTimeAsync(2_500);
    expect([opened.isLive, opened.quietMs]).toEqual([true, 2_500]);
    await vi.advanceTimersByTimeAsync(1);
    expect(opened.isLive).toBe(false);
    newest().say(tickFrame(2));
    expect(opened.isLive).toBe(true);
  });

  it("may be quiet for longer where the server ticks seldom", async () => {
    const opened = open();
    newest().open();
    newest().say(helloFrame(4_000));
    newest().say(snapshotFrame(1));
    await vi.advanceTimersByTimeAsync(12_000);
    expect([opened.isLive, count()]).toEqual([true, 1]);
  });

  it("says now and then that somebody reads, and takes no pong for content", async () => {
    const opened = openLive();
    for (let seq = 2; seq < 62; seq += 1) {
      await vi.advanceTimersByTimeAsync(500);
      newest().say(tickFrame(seq));
    }
    expect(newest().sent).toEqual(["ping", "ping", "ping"]);
    await vi.advanceTimersByTimeAsync(3_000);
    newest().say("pong");
    expect(opened.isLive).toBe(false);
  });
});

describe("opening it again", () => {
  it("resumes where it was", async () => {
    openLive();
    cursor = { epoch: "e", seq: 1 };
    newest().end();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(newest().url).toBe("wss://page.test/v1/stream?resume=e%3A1");
  });

  it.each([
    ["a frame is missing", tickFrame(9), [1, 9]],
    ["a frame cannot be read", '{"type":"tick"', [1]],
    ["a series has no windows", tickFrame(2, { series: [BROKEN] }), [1]],
  ])("begins with a snapshot if %s", async (_, message, seen) => {
    openLive();
    cursor = { epoch: "e", seq: 1 };
    isTaken = false;
    newest().say(message);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect([count(), newest().url]).toEqual([2, "wss://page.test/v1/stream"]);
    expect(taken).toEqual(seen);
  });

  it("happens when nothing came for ten seconds, though it was not closed", async () => {
    openLive();
    await vi.advanceTimersByTimeAsync(9_900);
    expect(count()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(count()).toBe(2);
  });

  it("is tried ever less often, but never less than each five seconds", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    open();
    const waits: number[] = [];
    for (let times = 0; times < 7; times += 1) {
      const before = count();
      const since = performance.now();
      newest().end();
      while (count() === before) await vi.advanceTimersByTimeAsync(50);
      waits.push(performance.now() - since);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it("happens at once when the user is back, and only if there is no connection", async () => {
    const opened = openLive();
    opened.hurry();
    expect(count()).toBe(1);
    newest().end();
    await vi.advanceTimersByTimeAsync(0);
    opened.hurry();
    expect(count()).toBe(2);
  });

  it("never happens after it was closed", async () => {
    const opened = openLive();
    opened.close();
    newest().end();
    opened.hurry();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count()).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves what an older connection still says alone", async () => {
    openLive();
    const older = newest();
    await vi.advanceTimersByTimeAsync(11_000);
    expect(count()).toBe(2);
    older.say(snapshotFrame(7));
    older.end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([taken, count()]).toEqual([[1], 2]);
  });
});

describe("a connection that is not taken", () => {
  it("ends the stream if the token is not known, in the server's words", async () => {
    const asked = answering(() => Response.json({ detail: "Not known." }, { status: 401 }));
    open();
    newest().end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([refusals, count()]).toEqual([["Not known."], 1]);
    expect(asked.map(({ pathname }) => pathname)).toEqual(["/v1/whoami"]);
  });

  it("ends it if the token may not read", async () => {
    answering(() => Response.json({ tenant: "default", scopes: ["ingest"] }));
    open();
    newest().end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refusals).toEqual(["This needs the scope read; the token has ingest."]);
  });

  it.each([
    ["the token is good", () => Response.json({ scopes: ["read"] })],
    ["the token is good for everything", () => Response.json({ scopes: ["admin"] })],
    ["the server is overloaded", () => Response.json({ detail: "Later." }, { status: 503 })],
    ["a proxy is in the way", () => new Response("<html>", { status: 403 })],
    ["a hotspot answers", () => Response.json({ welcome: true })],
    ["nobody answers", () => Promise.reject(new TypeError("Failed to fetch"))],
  ])("is tried again if %s", async (_, answer) => {
    answering(answer);
    open();
    newest().end();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect([refusals, count()]).toEqual([[], 2]);
  });

  it("does not wait for why when the user is back, and the answer then ends nothing", async () => {
    let answer: (response: Response) => void = () => undefined;
    answering(() => new Promise((resolve) => (answer = resolve)));
    const opened = open();
    newest().end();
    await vi.advanceTimersByTimeAsync(100);
    opened.hurry();
    expect(count()).toBe(2);
    newest().open();
    newest().say(helloFrame());
    newest().say(snapshotFrame(1));
    answer(Response.json({ detail: "Not known." }, { status: 401 }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([refusals, opened.isLive, count()]).toEqual([[], true, 2]);
  });
});
