import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Session } from "../../../dashboard/src/session.ts";
import { FakeWebSocket, fakeWebSockets } from "./support/fake-web-socket.ts";
import { alertFrame, helloFrame, snapshotFrame, tickFrame } from "./support/frames.ts";

const HOUR_MS = 3_600_000;

const told: string[] = [];
/** What waits for the browser to paint. */
let frames: (() => void)[] = [];
let session: Session | undefined;
const tab = { hidden: false, documentElement: { lang: "en" } };

function signIn(): { readonly session: Session; readonly socket: FakeWebSocket } {
  session = new Session({
    token: "a-token",
    onAccepted: () => told.push("accepted"),
    onRefused: (detail) => told.push(`refused: ${detail}`),
    onLeave: (reason) => told.push(`left: ${reason}`),
  });
  const socket = FakeWebSocket.all.at(-1);
  if (socket === undefined) throw new Error("nothing was opened");
  socket.open();
  socket.say(helloFrame());
  return { session, socket };
}

function paint(): void {
  const due = frames;
  frames = [];
  for (const frame of due) frame();
}

beforeEach(() => {
  vi.useFakeTimers();
  fakeWebSockets();
  tab.hidden = false;
  vi.stubGlobal("document", tab);
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
  vi.spyOn(console, "info").mockReturnValue();
  told.length = 0;
  frames = [];
});
afterEach(() => {
  session?.close();
  session = undefined;
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("what the server tells", () => {
  it("is shown at once the first time, and then once for each painting", () => {
    const { session: ours, socket } = signIn();
    let changes = 0;
    ours.live.subscribe(() => (changes += 1));
    socket.say(snapshotFrame(1));
    expect([changes, told]).toEqual([1, ["accepted"]]);
    paint();
    for (let seq = 2; seq < 12; seq += 1) socket.say(tickFrame(seq));
    expect([changes, frames.length]).toEqual([1, 1]);
    paint();
    expect([changes, ours.live.value.latest?.seq, told]).toEqual([2, 11, ["accepted"]]);
  });

  it("comes whole to who listens, painted or not, and ends with that", () => {
    const { session: ours, socket } = signIn();
    const heard: number[] = [];
    const end = ours.onContent(({ seq }) => heard.push(seq));
    socket.say(snapshotFrame(1));
    socket.say(tickFrame(2));
    socket.say(alertFrame(3));
    socket.say(tickFrame(4));
    end();
    socket.say(tickFrame(5));
    expect(heard).toEqual([1, 2, 4]);
  });

  it("is painted though one that listens fails", () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const { session: ours, socket } = signIn();
    const heard: number[] = [];
    ours.onContent(() => {
      throw new Error("no such chart");
    });
    ours.onContent(({ seq }) => heard.push(seq));
    socket.say(snapshotFrame(1));
    paint();
    socket.say(tickFrame(2));
    paint();
    expect([heard, ours.live.value.latest?.seq, told]).toEqual([[1, 2], 2, ["accepted"]]);
    expect(error).toHaveBeenCalledTimes(2);
  });

  it("begins anew where a frame is missing", async () => {
    const { session: ours, socket } = signIn();
    socket.say(snapshotFrame(1));
    socket.say(tickFrame(3));
    paint();
    expect(ours.live.value.latest?.seq).toBe(1);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(FakeWebSocket.all).toHaveLength(2);
    expect(FakeWebSocket.all.at(-1)?.url).not.toMatch(/resume/);
  });
});

it("is painted once a second, and no oftener, while nobody sees the page", async () => {
  const { session: ours, socket } = signIn();
  socket.say(snapshotFrame(1));
  tab.hidden = true;
  const shown: (number | undefined)[] = [];
  for (let seq = 2; seq < 8; seq += 1) {
    await vi.advanceTimersByTimeAsync(500);
    socket.say(tickFrame(seq));
    shown.push(ours.live.value.latest?.seq);
  }
  expect(shown).toEqual([1, 3, 3, 5, 5, 7]);
});

describe("freshness", () => {
  it("is by a steady clock, with what the server itself is behind", async () => {
    const { session: ours, socket } = signIn();
    vi.setSystemTime(5_000_000);
    socket.say(snapshotFrame(1, { staleMs: 40, at: 4_000_000 }));
    expect(ours.freshness.value).toEqual({
      isLive: true,
      ageMs: 40,
      lateMs: 0,
      lastAt: 4_000_000,
      clockAheadMs: 1_000_000,
    });
    // A clock that is set back meanwhile changes nothing of it.
    vi.setSystemTime(1_000_000);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(ours.freshness.value).toMatchObject({ isLive: false, ageMs: 3_040 });
    expect(ours.nowMs()).toBe(4_003_000);
  });

  it("is by this browser's clock until the server told its own", () => {
    vi.setSystemTime(7_000_000);
    expect(signIn().session.nowMs()).toBe(7_000_000);
  });

  it("counts by how much frames are held back, and does not blame the device's clock", async () => {
    const { session: ours, socket } = signIn();
    vi.setSystemTime(5_000_000);
    socket.say(snapshotFrame(1, { at: 5_000_000 }));
    await vi.advanceTimersByTimeAsync(500);
    socket.say(tickFrame(2, { at: 5_000_500 }));
    await vi.advanceTimersByTimeAsync(9_500);
    for (let seq = 3; seq < 30; seq += 1) {
      // Each comes nine seconds after it was made.
      socket.say(tickFrame(seq, { at: Date.now() - 9_000 }));
      paint();
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(ours.freshness.value.isLive).toBe(false);
    expect(ours.freshness.value.lateMs).toBeCloseTo(9_000, -2);
    expect(Math.abs(ours.freshness.value.clockAheadMs)).toBeLessThan(100);
  });

  it("ends with the device's sleep, until the server says something anew", async () => {
    const { session: ours, socket } = signIn();
    vi.setSystemTime(5_000_000);
    socket.say(snapshotFrame(1, { at: 5_000_000 }));
    await vi.advanceTimersByTimeAsync(500);
    socket.say(tickFrame(2, { at: 5_000_500 }));
    paint();
    expect(ours.freshness.value.isLive).toBe(true);
    // An hour in which nothing but the device's clock went on.
    vi.setSystemTime(5_000_500 + HOUR_MS);
    expect(ours.nowMs()).toBe(5_000_500 + HOUR_MS);
    // What came before it slept is read only now.
    socket.say(tickFrame(3, { at: 5_001_000 }));
    paint();
    await vi.advanceTimersByTimeAsync(250);
    expect(ours.freshness.value.isLive).toBe(false);
    expect(ours.live.value.latest?.seq).toBe(2);
    const next = FakeWebSocket.all.at(-1);
    expect(next?.url).toMatch(/resume=e%3A2$/);
    next?.open();
    next?.say(helloFrame());
    next?.say(tickFrame(3, { at: 5_000_750 + HOUR_MS }));
    paint();
    expect(ours.freshness.value).toMatchObject({ isLive: true, lateMs: 0, clockAheadMs: 0 });
  });

  it("is not lost for good when the device's clock is set ahead", async () => {
    const { session: ours, socket } = signIn();
    vi.setSystemTime(5_000_000);
    socket.say(snapshotFrame(1, { at: 5_000_000 }));
    vi.setSystemTime(5_000_000 + HOUR_MS);
    await vi.advanceTimersByTimeAsync(250);
    const next = FakeWebSocket.all.at(-1);
    expect(FakeWebSocket.all).toHaveLength(2);
    next?.open();
    next?.say(helloFrame());
    next?.say(tickFrame(2, { at: 5_000_250 }));
    paint();
    const { freshness } = ours;
    expect(freshness.value).toMatchObject({ isLive: true, lateMs: 0, clockAheadMs: HOUR_MS });
    expect(ours.nowMs()).toBe(5_000_250);
  });
});

describe("who is signed in", () => {
  it("is asked for once, and again only after a failure", async () => {
    const answers = [
      () => Promise.reject(new TypeError("Failed to fetch")),
      () => Promise.resolve(Response.json({ tenant: "default", scopes: ["read"] })),
    ];
    let asked = 0;
    vi.stubGlobal("fetch", () => answers[asked++]?.());
    const { session: ours } = signIn();
    await expect(ours.whoAmI()).rejects.toThrow(/cannot be reached/);
    const [one, other] = await Promise.all([ours.whoAmI(), ours.whoAmI()]);
    expect([one.scopes, other, asked]).toEqual([["read"], one, 2]);
  });
});

it("leaves nothing running when it ends", async () => {
  const { session: ours, socket } = signIn();
  socket.say(snapshotFrame(1));
  ours.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([vi.getTimerCount(), FakeWebSocket.all.length, told]).toEqual([0, 1, ["accepted"]]);
});
