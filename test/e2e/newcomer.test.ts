import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { Api, call, type Live, seriesByName, TOKENS } from "./api.ts";
import { EventStream, StreamClient, type StreamFrame } from "./stream-client.ts";
import { System } from "./system.ts";

/* What somebody sees who clones this and runs `npm start`. */

const PLATFORMS = ["meta", "google", "tiktok", "pinterest", "reddit"];
const READY_WITHIN_MS = 120_000;
const LIVE_WITHIN_MS = 15_000;
const CREDITS_WITHIN_MS = 60_000;

let system: System;
let readyAt: number;

describe("npm start on a fresh clone", () => {
  beforeAll(async () => {
    system = await System.start({ traffic: true, readyTimeoutMs: READY_WITHIN_MS });
    readyAt = Date.now();
  }, READY_WITHIN_MS + 15_000);
  afterAll(() => system?.dispose());

  it("shows live percentiles of all five platforms within 15 s", async () => {
    onTestFailed(() => console.error(system.tail()));
    const api = new Api(system.url, TOKENS.read);
    let live: Live | undefined;
    while (live === undefined || !showsPlatforms(live)) {
      const left = JSON.stringify(live?.series.map(({ target }) => target));
      if (Date.now() - readyAt > LIVE_WITHIN_MS) throw new Error(`only ${left}`);
      await sleep(250);
      live = await api.live();
    }
    for (const name of PLATFORMS) {
      const { count, p50Ms, p95Ms, p99Ms } = wholeTarget(live, name)["1m"];
      expect(count).toBeGreaterThan(0);
      expect(p50Ms).toBeGreaterThan(0);
      expect(p95Ms).toBeGreaterThanOrEqual(p50Ms ?? Infinity);
      expect(p99Ms).toBeGreaterThanOrEqual(p95Ms ?? Infinity);
    }
    expect(live.ledger.isBalanced).toBe(true);
  });

  it("streams hello, a snapshot and ticks, seq by seq, the same over WebSocket and SSE", async () => {
    onTestFailed(() => console.error(system.tail()));
    const client = new StreamClient(system.url, TOKENS.read);
    const events = await EventStream.open(system.url, TOKENS.read);
    expect(events.response?.headers.get("content-type")).toBe("text/event-stream");
    await client.until(() => client.ticks.length >= 6);
    expect(client.socket.protocol).toBe("tachograph.v1");
    expectStream(client.frames);
    const last = client.ticks.at(-1)?.body.seq ?? Infinity;
    await events.until(() => (events.frames.at(-1)?.body.seq ?? 0) >= last);
    expectStream(events.frames);
    expectSameFrames(client.frames, events);
    client.close();
    events.close();
  });

  it("answers ping, and takes up a broken subscription where it broke off", async () => {
    onTestFailed(() => console.error(system.tail()));
    const client = new StreamClient(system.url, TOKENS.read);
    await client.until(() => client.ticks.length >= 1);
    const pongs = (): number => client.frames.filter(({ body }) => body.type === "pong").length;
    client.socket.send("ping");
    await client.until(() => pongs() === 1);
    client.socket.send('{"type":"ping"}');
    await client.until(() => pongs() === 2);
    client.close();
    const { epoch, seq = NaN } = client.ticks[0]?.body ?? {};

    const resumed = new StreamClient(system.url, TOKENS.read, `?resume=${epoch}:${seq}`);
    const events = await EventStream.open(system.url, TOKENS.read, {
      "last-event-id": `${epoch}:${seq}`,
    });
    await resumed.until(() => resumed.ticks.length >= 4);
    await events.until(() => events.frames.length >= 4);
    for (const { frames } of [resumed, events]) {
      const [hello, ...ticks] = frames.map(({ body }) => body);
      expect(hello).toMatchObject({ type: "hello", epoch, seq, resumed: true });
      for (const [index, tick] of ticks.entries()) {
        expect(tick).toMatchObject({ epoch, seq: seq + index + 1 });
        expect(["tick", "alert"]).toContain(tick.type);
      }
    }
    resumed.close();
    events.close();
  });

  it("credits channels with what was bought, and times the batches", async () => {
    onTestFailed(() => console.error(system.tail()));
    const tracking = await system.trackingWorker();
    const api = new Api(system.url, TOKENS.read);
    for (;;) {
      const answer = await call(`${tracking}/api/attribution?model=u-shape`);
      const { channels = [] }: { channels?: { fraction: number }[] } = JSON.parse(answer.text);
      const batches = seriesByName(await api.live()).get("attribution/batch")?.windows["1m"].count;
      const total = channels.reduce((sum, { fraction }) => sum + fraction, 0);
      if (channels.length > 1 && (batches ?? 0) > 0) {
        expect(total).toBeCloseTo(1, 9);
        return;
      }
      if (Date.now() - readyAt > CREDITS_WITHIN_MS) throw new Error(answer.text);
      await sleep(500);
    }
  });

  it("ends on SIGTERM with exit code 0 and leaves no process behind", async () => {
    onTestFailed(() => console.error(system.tail()));
    expect(await system.stop()).toEqual({ code: 0, signal: null });
  });
});

function wholeTarget(live: Live, target: string): Live["series"][number]["windows"] {
  const series = seriesByName(live).get(`${target}/*`);
  if (series === undefined) throw new Error(`${target} is not shown`);
  return series.windows;
}

function showsPlatforms(live: Live): boolean {
  const series = seriesByName(live);
  return PLATFORMS.every((name) => {
    const { p50Ms, p95Ms, p99Ms } = series.get(`${name}/*`)?.windows["1m"] ?? {};
    return [p50Ms, p95Ms, p99Ms].every((value) => typeof value === "number");
  });
}

function expectStream(frames: readonly StreamFrame[]): void {
  const [hello, snapshot, ...ticks] = frames.map(({ body }) => body);
  const { epoch } = hello ?? {};
  expect(hello).toMatchObject({ type: "hello", protocol: "tachograph.v1", resumed: false });
  expect(hello?.tickMs).toBe(500);
  expect(snapshot).toMatchObject({ type: "snapshot", epoch, tenant: "default" });
  const targets = new Set(snapshot?.series?.map(({ target }) => target));
  expect([...targets]).toEqual(expect.arrayContaining(PLATFORMS));
  expect(ticks.length).toBeGreaterThan(0);
  for (const [index, frame] of ticks.entries()) {
    expect(frame).toMatchObject({ epoch, seq: (snapshot?.seq ?? NaN) + index + 1 });
    // A change of an alert is a frame of its own.
    if (frame.type === "alert") continue;
    expect(frame.type).toBe("tick");
    expect(frame.ledger?.isBalanced).toBe(true);
  }
}

function expectSameFrames(frames: readonly StreamFrame[], events: EventStream): void {
  const ticks = new Map(
    frames.filter(({ body }) => body.type === "tick").map(({ body, text }) => [body.seq, text]),
  );
  const shared = events.frames.filter(({ event, body }) => event === "tick" && ticks.has(body.seq));
  expect(shared.length).toBeGreaterThan(2);
  for (const { id, text, body } of shared) {
    expect(text).toBe(ticks.get(body.seq));
    expect(id).toBe(`${body.epoch}:${body.seq}`);
  }
}
