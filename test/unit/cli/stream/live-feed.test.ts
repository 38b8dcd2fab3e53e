import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { ApiClient } from "../../../../src/cli/api/api-client.ts";
import { ServerClock } from "../../../../src/cli/api/server-clock.ts";
import { CliError } from "../../../../src/cli/cli-error.ts";
import { run } from "../../../../src/cli/run.ts";
import { type FeedEvent, LiveFeed } from "../../../../src/cli/stream/live-feed.ts";
import { ApiServer, breakOff } from "../support/api-server.ts";
import { fakeIo, noPause } from "../support/fake-io.ts";
import { alertBody, liveBody, seriesBody } from "../support/live-body.ts";

let server: ApiServer | undefined;
const ended = new Set<AbortController>();

/** Answers each connection to the stream in its own way, the last way again and again. */
async function stream(...ways: ((response: ServerResponse) => void)[]): Promise<ApiServer> {
  let connections = 0;
  server = await ApiServer.start((_request, response) => {
    const way = ways[Math.min(connections, ways.length - 1)];
    connections += 1;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("retry: 1000\n\n");
    way?.(response);
    return undefined;
  });
  return server;
}

function write(response: ServerResponse, type: string, body: object): void {
  response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`);
}

const snapshot = (seq: number, over: object = {}) => liveBody({ seq, ...over });
const tick = (seq: number, over: object = {}) =>
  liveBody({ seq, pillars: undefined, alerts: undefined, ...over });

function feedOf(
  { url }: ApiServer,
  patience = { quietMs: 10_000, stalledMs: 20_000 },
  targets?: readonly string[],
): LiveFeed {
  const end = new AbortController();
  ended.add(end);
  const api = new ApiClient({
    url,
    token: "t",
    tokenSource: "--token",
    timeoutMs: 10_000,
    signal: end.signal,
    clock: new ServerClock(Date.now, () => undefined),
  });
  const pause = noPause;
  return new LiveFeed({ api, targets, signal: end.signal, pause, random: () => 0, patience });
}

async function take(feed: LiveFeed, count: number): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for await (const event of feed.events()) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

const kinds = (events: readonly FeedEvent[]) =>
  events.map((event) =>
    event.kind === "frame" ? `${event.frame.type} ${event.frame.seq}` : event.kind,
  );

afterEach(async () => {
  for (const one of ended) one.abort();
  ended.clear();
  await server?.close();
  server = undefined;
});

describe("the live feed", () => {
  it("goes on where it left off when the connection breaks", async () => {
    const api = await stream(
      (response) => {
        write(response, "hello", { epoch: "e1", seq: 0 });
        write(response, "snapshot", snapshot(1));
        write(response, "tick", tick(2));
        breakOff(response);
      },
      (response) => write(response, "tick", tick(3, { series: [seriesBody("google")] })),
    );
    const events = await take(feedOf(api), 4);
    expect(kinds(events)).toEqual(["snapshot 1", "tick 2", "lost", "tick 3"]);
    expect(api.received.map(({ headers }) => headers["last-event-id"])).toEqual([
      undefined,
      "e1:2",
    ]);
    const last = events.at(-1);
    expect(last?.kind === "frame" && [...last.state.series.keys()]).toEqual(["google *", "meta *"]);
  });

  it("begins again with a snapshot where frames are missing", async () => {
    const api = await stream(
      (response) => {
        write(response, "snapshot", snapshot(1));
        write(response, "tick", tick(3));
      },
      (response) => write(response, "snapshot", snapshot(4)),
    );
    expect(kinds(await take(feedOf(api), 3))).toEqual(["snapshot 1", "lost", "snapshot 4"]);
    expect(api.received[1]?.headers["last-event-id"]).toBeUndefined();
  });

  it("says when nothing comes, and opens a stream again that stalls without closing", async () => {
    const api = await stream(
      (response) => write(response, "snapshot", snapshot(1)),
      (response) => write(response, "tick", tick(2)),
    );
    const feed = feedOf(api, { quietMs: 50, stalledMs: 120 });
    expect(kinds(await take(feed, 4))).toEqual(["snapshot 1", "quiet", "lost", "tick 2"]);
  });

  it("takes frames that come in pieces, in any size, and leaves out what it does not know", async () => {
    const text = ["snapshot", "tick"]
      .map(
        (type, i) =>
          `event: ${type}\r\ndata: ${JSON.stringify({ type, ...snapshot(i + 1, { tenant: "zürich" }) })}\r\n\r\n`,
      )
      .join(": a comment\n\nevent: news\ndata: {}\n\n");
    const bytes = Buffer.from(text);
    const api = await stream((response) => {
      void (async () => {
        for (let at = 0; at < bytes.length; at += 97) {
          response.write(bytes.subarray(at, at + 97));
          await sleep(1);
        }
      })();
    });
    expect(kinds(await take(feedOf(api), 2))).toEqual(["snapshot 1", "tick 2"]);
  });

  it("says why a connection broke, and stays away as long as it is asked to", async () => {
    let requests = 0;
    server = await ApiServer.start((_request, response) => {
      requests += 1;
      if (requests === 2) {
        return { status: 503, headers: { "retry-after": "1" }, json: { detail: "Restarting." } };
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      write(response, "snapshot", snapshot(requests));
      if (requests === 1) breakOff(response);
      return undefined;
    });
    const events = await take(feedOf(server), 4);
    expect(kinds(events)).toEqual(["snapshot 1", "lost", "lost", "snapshot 3"]);
    expect(events[1]).toMatchObject({ why: expect.stringMatching(/^the connection broke: ./) });
    expect(events[2]).toMatchObject({ why: expect.stringContaining("503"), retryMs: 1_000 });
  });

  it("ends for a frame without an end", async () => {
    const api = await stream((response) => {
      response.write(`event: snapshot\n${"data: x\n".repeat(2_000)}`);
    });
    await expect(take(feedOf(api), 1)).rejects.toThrow("a frame has no end");
  });

  it("knows nothing of alerts of targets that were not asked for, and goes on behind them", async () => {
    const api = await stream((response) => {
      write(response, "snapshot", snapshot(1));
      write(response, "alert", {
        epoch: "e1",
        seq: 2,
        ...alertBody({ id: "a2", target: "google" }),
      });
      write(response, "alert", { epoch: "e1", seq: 3, ...alertBody() });
      write(response, "tick", tick(4));
    });
    const feed = feedOf(api, { quietMs: 10_000, stalledMs: 20_000 }, ["meta"]);
    const events = await take(feed, 3);
    expect(kinds(events)).toEqual(["snapshot 1", "alert 3", "tick 4"]);
    const last = events.at(-1);
    const targets =
      last?.kind === "frame" && [...last.state.alerts.values()].map(({ target }) => target);
    expect(targets).toEqual(["meta"]);
    expect(api.asked).toEqual(["GET /v1/stream?targets=meta"]);
  });

  it("ends for a token that is refused, at first and later, and for what is no stream", async () => {
    let requests = 0;
    server = await ApiServer.start((_request, response) => {
      requests += 1;
      if (requests > 1) return { status: 401, json: { detail: "This token has expired." } };
      response.writeHead(200, { "content-type": "text/event-stream" });
      write(response, "snapshot", snapshot(1));
      response.end('event: error\ndata: {"type":"error","reason":"the token has expired"}\n\n');
      return undefined;
    });
    const events: FeedEvent[] = [];
    const follow = async (): Promise<void> => {
      for await (const event of feedOf(server as ApiServer).events()) events.push(event);
    };
    await expect(follow()).rejects.toMatchObject({ exitCode: 77 });
    expect(events.at(-1)).toMatchObject({
      kind: "lost",
      why: expect.stringContaining("the token has expired"),
    });
    await expect(follow()).rejects.toBeInstanceOf(CliError);
    await server.close();
    server = await ApiServer.start(() => ({ json: {} }));
    await expect(follow()).rejects.toThrow("does not answer with a stream");
  });
});

describe("tail", () => {
  it("prints a line for each change, and says on stderr when it is not live", async () => {
    const api = await stream(
      (response) => {
        write(response, "snapshot", snapshot(1));
        write(
          response,
          "tick",
          tick(2, {
            status: "WARNING",
            series: [],
            gone: { series: [{ target: "meta", operation: "*" }], limits: [] },
          }),
        );
        write(response, "alert", { epoch: "e1", seq: 3, ...alertBody({ rule: "\u001b[2J" }) });
        response.end();
      },
      (response) =>
        write(response, "alert", { epoch: "e1", seq: 4, ...alertBody({ state: "resolved" }) }),
    );
    const fake = fakeIo({ env: { TACHOGRAPH_URL: api.url } });
    expect(await run(["tail", "--limit", "7"], fake.io)).toBe(0);
    const lines = fake
      .stdout()
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/^\S+ /, ""));
    expect(lines).toEqual([
      "status HEALTHY, score 8.5",
      "coverage 2 of 2 shards",
      "series meta 1.00/s p50/p95/p99 100/200/300 ms errors 0 % GOOD EXCELLENT",
      "status WARNING (was HEALTHY), score 8.5",
      "series meta is gone",
      "alert firing HIGH \\x1b[2J meta: 812 ms >= 800 ms",
      "alert resolved HIGH slow meta: 812 ms >= 800 ms",
    ]);
    expect(fake.stderr()).toContain("not live: the server ended it; again in");
    expect(fake.stderr()).toContain("live again");
  });

  it("prints frames as JSON, or alerts alone, also those that ended meanwhile", async () => {
    const ways = [
      (response: ServerResponse): void => {
        write(response, "snapshot", snapshot(1, { alerts: [alertBody()] }));
        write(response, "tick", tick(2));
        response.end();
      },
      (response: ServerResponse): void => write(response, "snapshot", snapshot(9, { epoch: "e2" })),
    ];
    const api = await stream(...ways, ...ways);
    const env = { TACHOGRAPH_URL: api.url };
    const frames = fakeIo({ env });
    expect(await run(["tail", "--json", "--limit", "3"], frames.io)).toBe(0);
    const types = frames
      .stdout()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    expect(types.map(({ type }) => type)).toEqual(["snapshot", "tick", "snapshot"]);
    const alerts = fakeIo({ env });
    expect(await run(["tail", "--json", "--alerts-only", "--limit", "2"], alerts.io)).toBe(0);
    const states = alerts
      .stdout()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(states).toMatchObject([
      { type: "alert", state: "firing" },
      { type: "alert", state: "resolved" },
    ]);
  });

  it("ends with 130 on Ctrl-C and with 0 when nobody reads, without a word", async () => {
    const api = await stream((response) => write(response, "snapshot", snapshot(1)));
    for (const exitCode of [130, 0]) {
      const fake = fakeIo({ env: { TACHOGRAPH_URL: api.url } });
      const running = run(["tail"], fake.io);
      while (fake.stdout() === "") await sleep(5);
      fake.stop(exitCode);
      expect(await running).toBe(exitCode);
      expect(fake.stderr()).toBe("");
    }
  });
});

describe("top on a terminal", () => {
  const LEAVE = "\u001b[?25h\u001b[?1049l";

  async function topped(): Promise<{ fake: ReturnType<typeof fakeIo>; running: Promise<number> }> {
    const series = [seriesBody("meta"), seriesBody("google"), seriesBody("meta", {}, "events")];
    const api = await stream((response) => write(response, "snapshot", snapshot(1, { series })));
    const fake = fakeIo({ env: { TACHOGRAPH_URL: api.url }, terminal: { columns: 100, rows: 20 } });
    const running = run(["top"], fake.io);
    while (!fake.stdout().includes("meta")) await sleep(5);
    return { fake, running };
  }

  it.each([
    ["q", 0],
    ["\u0003", 130],
  ])("leaves the terminal as it was on %j", async (key, exitCode) => {
    const { fake, running } = await topped();
    expect(fake.isRaw()).toBe(true);
    fake.press(key);
    expect(await running).toBe(exitCode);
    expect(fake.stdout().endsWith(LEAVE)).toBe(true);
    expect(fake.isRaw()).toBe(false);
  });

  it("does the same on a signal", async () => {
    const { fake, running } = await topped();
    fake.stop(143);
    expect(await running).toBe(143);
    expect(fake.stdout().endsWith(LEAVE)).toBe(true);
  });

  it("follows keys and the size of the terminal", async () => {
    const { fake, running } = await topped();
    fake.press("5so");
    while (!fake.stdout().includes("meta/events")) await sleep(5);
    expect(fake.stdout()).toContain("window 5m");
    const before = fake.stdout().length;
    fake.resize(60, 12);
    while (!fake.stdout().slice(before).includes("google")) await sleep(5);
    const lines = stripVTControlCharacters(fake.stdout().slice(before)).split(/[\r\n]+/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
    fake.press("q");
    expect(await running).toBe(0);
  });
});
