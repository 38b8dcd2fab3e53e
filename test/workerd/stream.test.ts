import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { config } from "../../src/configured.ts";
import type { ReadFrame } from "../support/fake-frame-sink.ts";
import { hdrOf, type PlainTiming } from "../support/plain-list.ts";
import { call, coordinatorOf, evict, moveClock, stopClock, take, until } from "./api.ts";
import { EventClient, SocketClient } from "./stream-client.ts";

const TENANT = "stream";

beforeAll(() => {
  stopClock();
});
afterAll(() => vi.useRealTimers());

const sent: PlainTiming[] = [];

/** Something new to tell: one timing of each target. */
async function post(durationMs: number, ...targets: readonly string[]): Promise<void> {
  const at = Date.now();
  await take(
    TENANT,
    targets.map((target) => ({ target, operation: "events", durationMs, at })),
  );
  for (const target of targets) {
    sent.push({ target, operation: "events", at, durationUs: durationMs * 1_000, outcome: 0 });
  }
}

/** Half a second later: the next tick. */
async function tick(): Promise<void> {
  moveClock(500);
  expect(await runDurableObjectAlarm(coordinatorOf(TENANT))).toBe(true);
}

function outline(frames: readonly ReadFrame[], first = 0): string[] {
  return frames.map(({ type, seq }) => (seq === undefined ? type : `${type} ${seq - first}`));
}

function targetsOf(frame: ReadFrame | undefined): string[] {
  return [...new Set(frame?.series?.map(({ target }) => target))];
}

async function subscribers(): Promise<number> {
  return (await coordinatorOf(TENANT).health()).subscribers;
}

test("hello, a snapshot, then a tick each half second with what changed", async () => {
  await post(20, "meta", "google");
  const client = await SocketClient.open(TENANT);
  expect(client.response.headers.get("Sec-WebSocket-Protocol")).toBe("tachograph.v1");
  const [hello, snapshot] = await client.frames(2);
  expect(hello).toMatchObject({
    type: "hello",
    protocol: "tachograph.v1",
    resumed: false,
    tickMs: 500,
  });
  const first = hello?.seq ?? 0;
  expect(snapshot).toMatchObject({ type: "snapshot", tenant: TENANT, epoch: hello?.epoch });
  expect(targetsOf(snapshot)).toEqual(["google", "meta"]);
  await post(30, "meta");
  await tick();
  await tick();
  const ticks = await client.frames(2);
  expect(outline([snapshot as ReadFrame, ...ticks], first)).toEqual([
    "snapshot 1",
    "tick 2",
    "tick 3",
  ]);
  expect(ticks.map(targetsOf)).toEqual([["meta"], []]);
  expect(ticks[0]).toMatchObject({ ledger: { merged: 3, isBalanced: true }, staleMs: 0 });
  client.close();
  await until("it is gone", async () => (await subscribers()) === 0);
});

test("a stream resumes without a gap and without a snapshot, if it can", async () => {
  const client = await SocketClient.open(TENANT);
  const [hello] = await client.frames(2);
  const epoch = hello?.epoch ?? "";
  const place = (hello?.seq ?? 0) + 1;
  client.close();
  await until("it is gone", async () => (await subscribers()) === 0);
  for (let i = 0; i < 3; i++) await tick();

  const resumed = await SocketClient.open(TENANT, `?resume=${epoch}:${place}`);
  expect(outline(await resumed.frames(4), place)).toEqual([
    "hello 0",
    "tick 1",
    "tick 2",
    "tick 3",
  ]);
  await tick();
  expect(outline([await resumed.frame()], place)).toEqual(["tick 4"]);

  for (const resume of [`another-epoch:${place}`, `${epoch}:${place + 1_000}`, `${epoch}:0`]) {
    const fresh = await SocketClient.open(TENANT, `?resume=${resume}`);
    const frames = await fresh.frames(2);
    if (resume.endsWith(":0") && frames[0]?.resumed === true) {
      // Few ticks have been: all of them are still in the log.
      expect(outline(frames)).toEqual(["hello 0", "tick 1"]);
    } else {
      expect(frames[0]).toMatchObject({ type: "hello", resumed: false, epoch });
      expect(frames[1]?.type).toBe("snapshot");
    }
    fresh.close();
  }
  expect((await call("/v1/stream?resume=nonsense", `${TENANT}-read`)).status).toBe(400);
  resumed.close();
  await until("they are gone", async () => (await subscribers()) === 0);
});

test("what is older than the replay log begins with a snapshot", async () => {
  const client = await SocketClient.open(TENANT);
  const [hello] = await client.frames(2);
  for (let i = 0; i < config.stream.replayTicks + 1; i++) await tick();
  const late = await SocketClient.open(TENANT, `?resume=${hello?.epoch}:${(hello?.seq ?? 0) + 0}`);
  expect(outline(await late.frames(2)).map((text) => text.split(" ")[0])).toEqual([
    "hello",
    "snapshot",
  ]);
  client.close();
  late.close();
  await until("they are gone", async () => (await subscribers()) === 0);
});

test("a filter shows its targets and windows only", async () => {
  const client = await SocketClient.open(TENANT, "?targets=meta&windows=5m,1h");
  const [, snapshot] = await client.frames(2);
  expect(targetsOf(snapshot)).toEqual(["meta"]);
  expect(Object.keys(snapshot?.series?.[0]?.windows ?? {})).toEqual(["5m", "1h"]);
  await post(40, "google");
  await tick();
  expect(targetsOf(await client.frame())).toEqual([]);
  client.send(JSON.stringify({ type: "subscribe", targets: ["google"], windows: ["1m"] }));
  const [hello, again] = await client.frames(2);
  expect(hello).toMatchObject({ type: "hello", resumed: false });
  expect(again?.type).toBe("snapshot");
  expect(targetsOf(again)).toEqual(["google"]);
  await post(50, "meta", "google");
  await tick();
  const next = await client.frame();
  expect(targetsOf(next)).toEqual(["google"]);
  expect(Object.keys(next.series?.[0]?.windows ?? {})).toEqual(["1m"]);
  expect(next.seq).toBe((again?.seq ?? 0) + 1);
  client.close();
  await until("it is gone", async () => (await subscribers()) === 0);
});

test("histograms come with the frames when asked for, and hold exactly the timings", async () => {
  const client = await SocketClient.open(TENANT, "?targets=meta&windows=1h&histograms=1");
  await client.frames(2);
  await post(123.456, "meta");
  await tick();
  const frame = await client.frame();
  const expected = hdrOf(sent.filter(({ target }) => target === "meta"));
  for (const { windows } of frame.series ?? []) {
    const window = windows["1h"] as { readonly count: number; readonly histogram: string };
    const decoded = decodeFromCompressedBase64(window.histogram, 32, false);
    expect(decoded.totalCount).toBe(window.count);
    expect(window.count).toBe(sent.filter(({ target }) => target === "meta").length);
    for (const percentile of [1, 50, 90, 99, 100]) {
      expect(decoded.getValueAtPercentile(percentile)).toBe(
        expected.getValueAtPercentile(percentile),
      );
    }
  }
  expect(frame.series).toHaveLength(2);
  client.close();
  await until("it is gone", async () => (await subscribers()) === 0);
});

test("a socket outlives the coordinator's memory: the next frame is a snapshot of a new epoch", async () => {
  const client = await SocketClient.open(TENANT, "?targets=meta");
  const [hello] = await client.frames(2);
  await tick();
  await client.frame();
  await evict(coordinatorOf(TENANT));
  await post(60, "meta", "google");
  await tick();
  const frame = await client.frame();
  expect(frame.type).toBe("snapshot");
  expect(frame.epoch).not.toBe(hello?.epoch);
  expect(targetsOf(frame)).toEqual(["meta"]);
  await tick();
  const after = await client.frame();
  expect(after).toMatchObject({ type: "tick", epoch: frame.epoch, seq: (frame.seq ?? 0) + 1 });
  client.send(JSON.stringify({ type: "ping" }));
  expect(await client.text()).toBe('{"type":"pong"}');
  client.close();
  await until("it is gone", async () => (await subscribers()) === 0);
});

test("a socket whose attachment cannot be read is shown everything", async () => {
  const client = await SocketClient.open(TENANT, "?targets=meta");
  await client.frames(2);
  await runInDurableObject(coordinatorOf(TENANT), (_, state) => {
    for (const socket of state.getWebSockets()) socket.serializeAttachment({ windows: "of old" });
  });
  await evict(coordinatorOf(TENANT));
  await post(60, "meta", "google");
  await tick();
  const frame = await client.frame();
  expect(frame.type).toBe("snapshot");
  expect(targetsOf(frame)).toEqual(["google", "meta"]);
  client.close();
  await until("it is gone", async () => (await subscribers()) === 0);
});

test("both forms of ping are answered", async () => {
  const client = await SocketClient.open(TENANT);
  await client.frames(2);
  client.send("ping");
  expect(await client.text()).toBe("pong");
  client.send('{"type":"ping"}');
  expect(await client.text()).toBe('{"type":"pong"}');
  client.close();
  await until("it is gone", async () => (await subscribers()) === 0);
});

test("a message that makes no sense ends the subscription, and says why", async () => {
  const cases: readonly (readonly [string | ArrayBuffer, number, RegExp])[] = [
    ["not json", 1008, /not JSON/],
    ["null", 1008, /^not an object/],
    ['{"type":"hello"}', 1008, /^type must be "subscribe" or "ping"$/],
    ['{"type":"subscribe","resume":{"epoch":"e"}}', 1008, /^resume must be /],
    [
      '{"type":"subscribe","windows":["2m"]}',
      1008,
      /^windows must be a list of some of 1m, 5m, 1h$/,
    ],
    ['{"type":"subscribe","targets":["NO"]}', 1008, /^targets must be a list of at most 64 names/],
    [JSON.stringify({ type: "subscribe", pad: "x".repeat(20_000) }), 1009, /16384 characters/],
    [new ArrayBuffer(8), 1008, /is text/],
  ];
  for (const [message, code, reason] of cases) {
    const client = await SocketClient.open(TENANT);
    await client.frames(2);
    client.send(message);
    const frame = await client.frame();
    expect(frame.type).toBe("error");
    expect(frame.reason).toMatch(reason);
    expect((await client.closed()).code).toBe(code);
  }
  await until("they are gone", async () => (await subscribers()) === 0);
  expect((await coordinatorOf(TENANT).health()).lastError).toBeNull();
});

test("one subscriber too many is told to come later", async () => {
  const stream = config.stream as { maxSubscribers: number };
  const before = stream.maxSubscribers;
  stream.maxSubscribers = 2;
  try {
    const clients = [await SocketClient.open(TENANT), await SocketClient.open(TENANT)];
    const third = await SocketClient.open(TENANT);
    expect((await third.frame()).type).toBe("error");
    expect((await third.closed()).code).toBe(1013);
    const events = await EventClient.open(TENANT);
    const [error] = await events.events(1);
    expect(error?.event).toBe("error");
    expect(error?.id).toBeUndefined();
    expect(await events.next()).toBeUndefined();
    expect(await subscribers()).toBe(2);
    for (const client of clients) client.close();
    await until("they are gone", async () => (await subscribers()) === 0);
  } finally {
    stream.maxSubscribers = before;
  }
});

test("who joins a crowd is not compressed, as each would be on its own", async () => {
  const extensions = "Sec-WebSocket-Extensions";
  const open = (headers = {}): Promise<SocketClient> =>
    SocketClient.open(TENANT, "?targets=meta", "read", headers);
  const agreed = ({ response }: SocketClient): string | null => response.headers.get(extensions);
  const offer = { [extensions]: "permessage-deflate; client_max_window_bits" };
  const clients = await Promise.all(Array.from({ length: 99 }, () => open()));
  const [hundredth, next, plain] = [await open(offer), await open(offer), await open()];
  expect(agreed(hundredth)).not.toBe("identity");
  expect(agreed(next)).toBe("identity");
  expect(agreed(plain)).not.toBe("identity");
  for (const client of [...clients, hundredth, next, plain]) client.close();
  await until("they are gone", async () => (await subscribers()) === 0);
});

test("Server-Sent Events are the same frames, with their place as id", async () => {
  const events = await EventClient.open(TENANT, "?targets=meta");
  expect(events.response.headers.get("Content-Type")).toBe("text/event-stream");
  const socket = await SocketClient.open(TENANT, "?targets=meta");
  const start = await events.events(2);
  await socket.frames(2);
  await post(70, "meta");
  await tick();
  const [event] = await events.events(1);
  expect(event?.frame).toEqual(await socket.frame());
  for (const { id, event: type, frame } of [...start, ...(event === undefined ? [] : [event])]) {
    expect(id).toBe(`${frame.epoch}:${frame.seq}`);
    expect(type).toBe(frame.type);
  }
  await events.cancel();
  await tick();
  await tick();
  const resumed = await EventClient.open(TENANT, "?targets=meta", event?.id);
  const frames = (await resumed.events(3)).map(({ frame }) => frame);
  expect(outline(frames, event?.frame.seq)).toEqual(["hello 0", "tick 1", "tick 2"]);
  expect(frames[0]?.resumed).toBe(true);
  await resumed.cancel();
  socket.close();
  await until("they are gone", async () => (await subscribers()) === 0);
});

test("a page of another origin may not connect, one on the list may", async () => {
  const open = (origin: string): Promise<Response> =>
    exports.default.fetch("http://tachograph.test/v1/stream", {
      headers: {
        Upgrade: "websocket",
        Origin: origin,
        "Sec-WebSocket-Protocol": `tachograph.v1, bearer.${TENANT}-read`,
      },
    });
  const refused = await open("https://evil.example.com");
  expect(refused.status).toBe(403);
  const allowed = await open("https://dash.example.com");
  expect(allowed.status).toBe(101);
  allowed.webSocket?.accept();
  allowed.webSocket?.close(1000, "done");
  await until("it is gone", async () => (await subscribers()) === 0);
});

test("whoever asks for neither events nor a socket is told what there is", async () => {
  const response = await call("/v1/stream", `${TENANT}-read`);
  expect(response.status).toBe(406);
});
