import { setTimeout as sleep } from "node:timers/promises";
import { deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { bucketIndex } from "../../src/histogram/bucket-layout.ts";
import { histogramLogHeader, histogramLogRow } from "../../src/histogram/histogram-log-writer.ts";
import { type Answer, Api, call, type CallOptions, TOKENS } from "./api.ts";
import { rawUpgrade } from "./raw-socket.ts";
import { StreamClient } from "./stream-client.ts";
import { System } from "./system.ts";

/* Whatever is sent: a clear answer, a living process, books that balance. */

const MIB = 1_048_576;
const MAX_TARGETS = 64;
const NEVER_READERS = 8;
const WIDE_SERIES = 48;

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly reason: string }[];
}

interface Counted {
  readonly accepted: number;
  readonly duplicate: boolean;
  readonly rejected: readonly { index: number; reason: string; count?: number }[];
  readonly rows?: number;
}

let system: System;
let api: Api;
/** What the answers said: the ledger must say the same at the end. */
const told = { accepted: 0, duplicates: 0, rejected: new Map<string, number>() };

beforeAll(async () => {
  system = await System.start();
  api = new Api(system.url);
});
afterAll(() => system?.dispose());

function problemOf({ status, headers, text }: Answer): Problem {
  expect(headers.get("content-type"), text).toMatch(/^application\/problem\+json/);
  const problem = JSON.parse(text) as Problem;
  expect(problem.status).toBe(status);
  for (const field of ["type", "title", "detail"] as const) expect(problem[field]).not.toBe("");
  return problem;
}

async function expectProblem(status: number, path: string, options?: CallOptions): Promise<Answer> {
  const answer = await api.call(path, options);
  expect(answer.status, `${path}: ${answer.text.slice(0, 400)}`).toBe(status);
  problemOf(answer);
  return answer;
}

/** Sends what is answered with counts, 200 or 422, and remembers what was said. */
async function intake(path: string, options: CallOptions, duplicates = 0): Promise<Counted> {
  const answer = await api.call(path, options);
  expect([200, 422], answer.text.slice(0, 400)).toContain(answer.status);
  const counted = JSON.parse(answer.text) as Counted;
  if (answer.status === 422) {
    problemOf(answer);
    expect(counted.accepted).toBe(0);
  }
  told.accepted += counted.accepted;
  told.duplicates += duplicates;
  for (const { reason, count = 1 } of counted.rejected) {
    told.rejected.set(reason, (told.rejected.get(reason) ?? 0) + count);
  }
  return counted;
}

function postTimings(body: unknown, duplicates = 0): Promise<Counted> {
  return intake("/v1/timings", { body: JSON.stringify(body) }, duplicates);
}

function timing(fields: object = {}): object {
  return { target: "meta", operation: "events", durationMs: 12.5, ...fields };
}

function withTimings(...fields: readonly object[]): { timings: object[] } {
  return { timings: fields.map(timing) };
}

describe("bad reports", () => {
  const good = JSON.stringify(timing());
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  it.each([
    ["nothing", ""],
    ["half an object", '{"timings":['],
    ["a word", "timings"],
    ["two values", `{"timings":[${good}]} {}`],
    ["NaN", '{"timings":[{"target":"meta","durationMs":NaN}]}'],
    ["Infinity", '{"timings":[{"target":"meta","durationMs":Infinity}]}'],
    ["-Infinity", '{"timings":[{"target":"meta","durationMs":-Infinity}]}'],
    ["arrays, 100,000 levels deep", nested],
    ["arrays, never closed", "[".repeat(100_000)],
    ["objects, 100,000 levels deep", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["an unknown field 100,000 levels deep", `{"timings":[${good}],"more":${nested}}`],
    ["a list", `[${good}]`],
    ["a string", '"timings"'],
    ["null", "null"],
    ["a number", "42"],
    ["no timings", "{}"],
    ["null timings", '{"timings":null}'],
    ["timings as an object", '{"timings":{"0":{"target":"meta","durationMs":1}}}'],
    ["an empty list", '{"timings":[]}'],
    ["a reporter alone", `{"reporter":"edge","timings":[${good}]}`],
    ["a sequence alone", `{"sequence":1,"timings":[${good}]}`],
    ["sequence 0", `{"reporter":"edge","sequence":0,"timings":[${good}]}`],
    ["a negative sequence", `{"reporter":"edge","sequence":-7,"timings":[${good}]}`],
    ["a fractional sequence", `{"reporter":"edge","sequence":1.5,"timings":[${good}]}`],
    [
      "a sequence beyond 2^53",
      `{"reporter":"edge","sequence":9007199254740993,"timings":[${good}]}`,
    ],
    ["a sequence beyond everything", `{"reporter":"edge","sequence":1e999,"timings":[${good}]}`],
    ["a sequence in quotes", `{"reporter":"edge","sequence":"1","timings":[${good}]}`],
    ["a reporter with capitals", `{"reporter":"Edge","sequence":1,"timings":[${good}]}`],
    ["a reporter with a NUL", `{"reporter":"e\\u0000","sequence":1,"timings":[${good}]}`],
    ["a reporter of 65", `{"reporter":"${"e".repeat(65)}","sequence":1,"timings":[${good}]}`],
    ["a reporter of 900 kB", `{"reporter":"${"e".repeat(9e5)}","sequence":1,"timings":[${good}]}`],
    ["a reporter that is a list", `{"reporter":["e"],"sequence":1,"timings":[${good}]}`],
  ])("%s: 400", async (_, body) => {
    const answer = await expectProblem(400, "/v1/timings", { body });
    expect(problemOf(answer).errors?.length).toBeGreaterThan(0);
    expect(answer.text.length).toBeLessThan(5_000);
  });

  it("bytes that are no UTF-8: 400", async () => {
    const text = `{"timings":[{"target":"meta","durationMs":1,"note":"?"}]}`;
    for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const [before = "", after = ""] = text.split("?");
      const body = Uint8Array.from([...Buffer.from(before), ...bad, ...Buffer.from(after)]);
      await expectProblem(400, "/v1/timings", { body });
      await expectProblem(400, "/v1/histograms?unit=us", { body });
    }
  });

  it("too much of it: 413", async () => {
    const tooMany = { timings: Array.from({ length: 10_001 }, () => timing({ operation: "e" })) };
    const body = JSON.stringify(tooMany);
    expect(body.length).toBeLessThan(MIB);
    await expectProblem(413, "/v1/timings", { body });
    const tooLong = `{"timings":[${good}],"more":"${"x".repeat(MIB)}"}`;
    await expectProblem(413, "/v1/timings", { body: tooLong });
    await expectProblem(413, "/v1/histograms?unit=us", { body: "#".repeat(MIB + 1) });
  });

  it("too much of it without saying so first: 413", async () => {
    const piece = new Uint8Array(65_536).fill(32);
    let pieces = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pieces += 1;
        if (pieces <= 64) controller.enqueue(piece);
        else controller.close();
      },
    });
    const headers = { authorization: `Bearer ${TOKENS.ingest}` };
    const init = { method: "POST", headers, body, duplex: "half" };
    const response = await fetch(`${system.url}/v1/timings`, init);
    expect(response.status).toBe(413);
    await response.body?.cancel();
  });

  it("a gzip body: counted; a bomb 413, garbage 400, another encoding 415", async () => {
    const gzip = { "content-encoding": "gzip" };
    const body = Uint8Array.from(gzipSync(JSON.stringify(withTimings({}))));
    expect(await intake("/v1/timings", { headers: gzip, body })).toMatchObject({ accepted: 1 });
    const bomb = Uint8Array.from(gzipSync(Buffer.alloc(200 * MIB)));
    expect(bomb.length).toBeLessThan(MIB);
    await expectProblem(413, "/v1/timings", { headers: gzip, body: bomb });
    await expectProblem(413, "/v1/histograms?unit=us", { headers: gzip, body: bomb });
    await expectProblem(400, "/v1/timings", { headers: gzip, body: "no gzip at all" });
    await expectProblem(400, "/v1/timings", { headers: gzip, body: body.slice(0, -9) });
    await expectProblem(415, "/v1/timings", { headers: { "content-encoding": "br" }, body });
  });
});

describe("bad timings among good ones", () => {
  it("each is refused with its reason, and the good ones count", async () => {
    const now = Date.now();
    const cases: [object, string | undefined][] = [
      [{}, undefined],
      [{ target: undefined }, "bad_target"],
      [{ target: 7 }, "bad_target"],
      [{ target: null }, "bad_target"],
      [{ target: { toString: "meta" } }, "bad_target"],
      [{ target: "" }, "bad_target"],
      [{ target: "Meta" }, "bad_target"],
      [{ target: "me ta" }, "bad_target"],
      [{ target: "*" }, "bad_target"],
      [{ target: "__proto__" }, "bad_target"],
      [{ target: "meta\u0000" }, "bad_target"],
      [{ target: "meta\n" }, "bad_target"],
      [{ target: "mëta" }, "bad_target"],
      [{ target: "\ud800" }, "bad_target"],
      [{ target: "m".repeat(65) }, "bad_target"],
      [{ target: "m".repeat(64) }, undefined],
      [{ target: "constructor", operation: "constructor" }, undefined],
      [{ operation: "events/ok" }, "bad_operation"],
      [{ operation: "\u001b[31m" }, "bad_operation"],
      [{ operation: "*" }, "bad_operation"],
      [{ operation: 0 }, "bad_operation"],
      [{ operation: ["events"] }, "bad_operation"],
      [{ durationMs: undefined }, "bad_duration"],
      [{ durationMs: "12" }, "bad_duration"],
      [{ durationMs: null }, "bad_duration"],
      [{ durationMs: -1 }, "bad_duration"],
      [{ durationMs: -1e-9 }, "bad_duration"],
      [{ durationMs: 600_000.001 }, "bad_duration"],
      [{ durationMs: 1.7e308 }, "bad_duration"],
      [{ durationMs: [12] }, "bad_duration"],
      [{ durationMs: 600_000 }, undefined],
      [{ durationMs: 0 }, undefined],
      [{ outcome: "great" }, "bad_outcome"],
      [{ outcome: "toString" }, "bad_outcome"],
      [{ outcome: 1 }, "bad_outcome"],
      [{ outcome: null }, "bad_outcome"],
      [{ outcome: "rate_limited" }, undefined],
      [{ at: "now" }, "bad_time"],
      [{ at: null }, "bad_time"],
      [{ at: new Date(now).toISOString() }, "bad_time"],
      [{ at: now - 301_000 }, "too_old"],
      [{ at: 0 }, "too_old"],
      [{ at: -1e300 }, "too_old"],
      [{ at: now + 90_000 }, "in_the_future"],
      [{ at: 1e300 }, "in_the_future"],
      [{ at: now - 5_000.5 }, undefined],
      [{ note: "unknown fields are ignored", nested: { deep: [1, { more: true }] } }, undefined],
    ];
    const answer = await postTimings({ ...withTimings(...cases.map(([c]) => c)), version: 9 });
    const expected = cases.flatMap(([, reason], index) =>
      reason === undefined ? [] : [{ index, reason }],
    );
    expect(answer.rejected).toEqual(expected);
    expect(answer).toMatchObject({ accepted: cases.length - expected.length, duplicate: false });
  });

  it("numbers that JSON cannot hold, and timings that are none", async () => {
    const timings = ['{"target":"meta","durationMs":1e999}', "null", "[]", '"meta"', "7", "true"];
    const body = `{"timings":[${timings.join(",")}]}`;
    const { rejected } = await intake("/v1/timings", { body });
    const reasons = ["bad_duration", ...Array.from({ length: 5 }, () => "bad_target")];
    expect(rejected.map(({ reason }) => reason)).toEqual(reasons);
  });

  it("a name of 900 kB, and one of control characters alone", async () => {
    for (const name of ["m".repeat(900_000), "\u0001".repeat(150_000)]) {
      const target = await postTimings({ timings: [timing({ target: name })] });
      expect(target.rejected).toEqual([{ index: 0, reason: "bad_target" }]);
      const operation = await postTimings({ timings: [timing({ operation: name })] });
      expect(operation.rejected).toEqual([{ index: 0, reason: "bad_operation" }]);
    }
  });

  it("a sequence that goes back is a repeat", async () => {
    const numbered = (sequence: number): object => ({
      reporter: "backwards",
      sequence,
      ...withTimings({}, {}),
    });
    const repeat = { accepted: 0, duplicate: true, rejected: [] };
    expect(await postTimings(numbered(5))).toMatchObject({ accepted: 2, duplicate: false });
    expect(await postTimings(numbered(5), 2)).toEqual(repeat);
    expect(await postTimings(numbered(3), 2)).toEqual(repeat);
    expect(await postTimings(numbered(1), 2)).toEqual(repeat);
    expect(await postTimings(numbered(6))).toMatchObject({ accepted: 2, duplicate: false });
    expect(await postTimings(numbered(Number.MAX_SAFE_INTEGER))).toMatchObject({ accepted: 2 });
    expect(await postTimings(numbered(7), 2)).toEqual(repeat);
  });

  it("more targets than a tenant may have", async () => {
    const other = new Api(system.url, TOKENS.other);
    const names = Array.from({ length: 100 }, (_, index) => `t${index}`);
    const body = { timings: names.map((target) => timing({ target })) };
    const answer = await other.postTimings(body);
    expect(answer.accepted).toBe(MAX_TARGETS);
    expect(answer.rejected.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 100 - MAX_TARGETS }, () => "too_many_targets"),
    );
    const late = await other.call("/v1/timings", { body: JSON.stringify(withTimings({})) });
    expect(late.status).toBe(422);
    expect(problemOf(late)).toMatchObject({
      rejected: [{ index: 0, reason: "too_many_targets" }],
    });
    const { ledger } = await other.settled();
    expect(ledger).toMatchObject({
      offered: 101,
      accepted: MAX_TARGETS,
      merged: MAX_TARGETS,
      isBalanced: true,
      rejected: { too_many_targets: 37 },
    });
  });
});

describe("bad histograms", () => {
  const row = (count: number, tag = "meta/events", startMs = Date.now()): string => {
    const [target = "", operation = ""] = tag.split("/");
    const counts = {
      forEach: (visit: (index: number, count: number) => void) => visit(bucketIndex(500), count),
    };
    return histogramLogRow({ target, operation, startMs, intervalMs: 1_000, maxUs: 500, counts });
  };
  const header = (): string => histogramLogHeader(Date.now());
  const payloadOf = (line: string): string => line.trimEnd().slice(line.lastIndexOf(",") + 1);
  const withPayload = (payload: string): string => row(1).replace(payloadOf(row(1)), payload);
  const post = (log: string): Promise<Counted> =>
    intake("/v1/histograms?unit=us", { body: header() + log });

  it("no log, no rows, no unit: 400", async () => {
    for (const body of ["", "hello", '{"timings":[]}', header(), "Tag=meta\n", "\u0000\u0001"]) {
      const answer = await api.call("/v1/histograms?unit=us", { body });
      expect([400, 422], `${JSON.stringify(body)}: ${answer.text}`).toContain(answer.status);
      problemOf(answer);
      for (const { reason, count = 1 } of (JSON.parse(answer.text) as Partial<Counted>).rejected ??
        []) {
        told.rejected.set(reason, (told.rejected.get(reason) ?? 0) + count);
      }
    }
    const body = header() + row(1);
    for (const query of ["", "?unit=s", "?unit=us&unit=ms", "?unit=us&rebase=yesterday"]) {
      await expectProblem(400, `/v1/histograms${query}`, { body });
    }
    await expectProblem(400, "/v1/histograms?unit=us&reporter=edge", { body });
    await expectProblem(400, "/v1/histograms?unit=us&reporter=edge&sequence=0", { body });
  });

  it("a payload that is cut anywhere is refused, the rows around it count", async () => {
    const payload = payloadOf(row(1));
    const cuts = Array.from({ length: payload.length - 1 }, (_, length) =>
      payload.slice(0, length),
    );
    const log = cuts.map((cut) => row(1) + withPayload(cut)).join("");
    const answer = await post(log);
    expect(answer.accepted).toBe(cuts.length);
    expect(answer.rows).toBe(2 * cuts.length);
    const expected = cuts.map((_, cut) => ({
      index: 2 * cut + 1,
      reason: "bad_histogram",
      count: 1,
    }));
    expect(answer.rejected).toEqual(expected);
  });

  it("payloads that lie about themselves are refused", async () => {
    const bytes = Buffer.from(payloadOf(row(1)), "base64");
    const patched = (offset: number, value: number): string => {
      const copy = Buffer.from(bytes);
      copy.writeInt32BE(value, offset);
      return copy.toString("base64");
    };
    const lies = [
      ["another cookie", patched(0, 0x1234)],
      ["a negative length", patched(4, -1)],
      ["a length beyond everything", patched(4, 0x7fff_ffff)],
      ["no base64", "!!!!"],
      ["zeros", Buffer.alloc(64).toString("base64")],
      ["not deflated", Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(40)]).toString("base64")],
    ] as const;
    for (const [name, payload] of lies) {
      const { rejected } = await post(withPayload(payload));
      expect(rejected, name).toEqual([{ index: 0, reason: "bad_histogram", count: 1 }]);
    }
  });

  it("a zip bomb in a payload is refused before it explodes", async () => {
    const bomb = deflateSync(Buffer.alloc(500 * MIB));
    const head = Buffer.alloc(8);
    head.writeInt32BE(0x1c849314, 0);
    head.writeInt32BE(bomb.length, 4);
    const payload = Buffer.concat([head, bomb]).toString("base64");
    expect(payload.length).toBeLessThan(MIB - 1_000);
    const startedAt = Date.now();
    const { rejected } = await post(withPayload(payload));
    expect(rejected).toEqual([{ index: 0, reason: "bad_histogram", count: 1 }]);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });

  it("2^40 values in a row are refused, a billion count", async () => {
    expect((await post(row(2 ** 40))).rejected).toEqual([
      { index: 0, reason: "too_many_values", count: 1 },
    ]);
    // Two of these would be more than the books can hold, if they were believed.
    const refused = [0, 1, 2].map((index) => ({ index, reason: "too_many_values", count: 1 }));
    expect((await post(row(2 ** 52).repeat(3))).rejected).toEqual(refused);
    expect(await post(row(1_000_000_000, "many/values"))).toMatchObject({ accepted: 1e9, rows: 1 });
  });

  it("rows of another time, and tags that are no names", async () => {
    const old = row(2, "meta/events", Date.now() - 400_000);
    const early = row(3, "meta/events", Date.now() + 90_000);
    const log = header() + old + early + row(4).replace("meta/events", "Meta/events");
    const { accepted, rejected } = await intake("/v1/histograms?unit=us", { body: log });
    expect(accepted).toBe(0);
    expect(rejected).toEqual([
      { index: 0, reason: "too_old", count: 2 },
      { index: 1, reason: "in_the_future", count: 3 },
      { index: 2, reason: "bad_target", count: 4 },
    ]);
  });
});

describe("bad questions", () => {
  const history = "/v1/history?target=meta";
  it.each([
    ["from after to", `${history}&from=2000&to=1000`],
    ["from equal to to", `${history}&from=1000&to=1000`],
    ["10,001 points", `${history}&from=0&to=${10_001 * 60_000}&step=1m`],
    ["no target", "/v1/history?from=0&to=1000"],
    ["an unknown step", `${history}&step=2m`],
    ["an operation that is no name", `${history}&operation=..%2F..`],
    ["a time that is no number", `${history}&from=yesterday`],
    ["a time beyond all dates", `${history}&from=0&to=99999999999999999999`],
    ["a negative time", `${history}&from=-1`],
    ["a parameter twice", `${history}&target=google`],
    ["a histogram that is neither", `${history}&histogram=maybe`],
    ["a live target that is no name", "/v1/live?target=%00"],
    ["an unknown window", "/v1/live?window=2m"],
    ["an export from after to", "/v1/export.hlog?from=2000&to=1000"],
    ["a stream cursor that is none", "/v1/stream?resume=abc"],
    ["unknown windows of a stream", "/v1/stream?windows=1m,2m"],
  ])("%s: 400", async (_, path) => {
    await expectProblem(400, path, { headers: { accept: "text/event-stream" } });
  });

  it("exactly 10,000 points are answered", async () => {
    const answer = await api.call(`${history}&from=0&to=${10_000 * 60_000}&step=1m`);
    expect(answer.status).toBe(200);
  });

  it("no such path 404, no such method 405 with what is allowed", async () => {
    await expectProblem(404, "/v1/nothing");
    await expectProblem(404, `/${"x".repeat(8_000)}`);
    const allow = { "/v1/timings": "POST", "/v1/live": "GET", "/health": "GET" };
    for (const [path, method] of Object.entries(allow)) {
      for (const wrong of ["DELETE", "PUT", "PATCH", method === "GET" ? "POST" : "GET"]) {
        const answer = await expectProblem(405, path, { method: wrong });
        expect(answer.headers.get("allow")).toContain(method);
      }
    }
  });

  it("a stream for nobody who could read it: 406", async () => {
    await expectProblem(406, "/v1/stream", { headers: { accept: "text/html" } });
  });
});

describe("tokens, scopes and origins", () => {
  const body = JSON.stringify(withTimings({}));
  it("no token or an unknown one: 401 with WWW-Authenticate", async () => {
    for (const authorization of ["", "Bearer", "Bearer nobody", "Basic ZGV2OnJlYWQ=", "dev-read"]) {
      const headers = authorization === "" ? {} : { authorization };
      for (const path of ["/v1/live", "/v1/history?target=meta", "/v1/stream", "/health/deep"]) {
        const answer = await call(`${system.url}${path}`, { headers });
        expect(answer.status).toBe(401);
        problemOf(answer);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
      }
      const post = await call(`${system.url}/v1/timings`, { headers, body });
      expect(post.status).toBe(401);
    }
  });

  it("a token in the address is no token", async () => {
    const answer = await call(`${system.url}/v1/live?token=${TOKENS.admin}&bearer=${TOKENS.admin}`);
    expect(answer.status).toBe(401);
  });

  it("the wrong scope: 403", async () => {
    await expectProblem(403, "/v1/timings", { token: TOKENS.read, body });
    await expectProblem(403, "/v1/histograms?unit=us", { token: TOKENS.read, body: "x" });
    for (const path of ["/v1/live", "/v1/export.hlog", "/v1/stream", "/health/deep"]) {
      await expectProblem(403, path, { token: TOKENS.ingest });
    }
  });

  it("a WebSocket without token 401, of the wrong scope or origin 403, without protocol 400", async () => {
    const offer = (token: string): object => ({
      "Sec-WebSocket-Protocol": `tachograph.v1, bearer.${token}`,
    });
    const cases: [number, object][] = [
      [401, {}],
      [401, { "Sec-WebSocket-Protocol": "tachograph.v1" }],
      [401, offer("nobody")],
      [403, offer(TOKENS.ingest)],
      [403, { ...offer(TOKENS.read), Origin: "https://evil.example" }],
      [403, { ...offer(TOKENS.read), Origin: "null" }],
      [400, { "Sec-WebSocket-Protocol": `bearer.${TOKENS.read}` }],
      [101, { ...offer(TOKENS.read), Origin: `http://127.0.0.1:${system.port}` }],
      [101, offer(TOKENS.read)],
    ];
    for (const [status, headers] of cases) {
      const upgrade = await rawUpgrade(system.port, "/v1/stream", { ...headers });
      expect(upgrade.status, `${JSON.stringify(headers)}: ${upgrade.head}`).toBe(status);
      const protocol = /^sec-websocket-protocol: *(.*)$/im.exec(upgrade.head)?.[1];
      expect(protocol).toBe(status === 101 ? "tachograph.v1" : undefined);
      upgrade.socket.destroy();
    }
  });
});

describe("bad subscribers", () => {
  /** Waits until the coordinator has so many: whoever has gone is forgotten. */
  async function untilSubscribers(count: number): Promise<void> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const { subscribers } = (await api.deepHealth()).coordinator.detail;
      if (subscribers === count) return;
      if (Date.now() > deadline) throw new Error(`${subscribers} subscribers, not ${count}`);
      await sleep(50);
    }
  }

  /** What a client gets that sends `message`: the reason in the error frame, and the close code. */
  async function closing(message: string | Uint8Array<ArrayBuffer>): Promise<[unknown, number]> {
    const client = new StreamClient(system.url, TOKENS.read);
    await client.untilFrames(2);
    client.socket.send(message);
    const { code } = await client.untilClosed();
    return [client.frames.findLast(({ body }) => body.type === "error")?.body.reason, code];
  }

  it.each([
    ["words", "hello"],
    ["a number", "42"],
    ["null", "null"],
    ["half an object", '{"type":"subscribe"'],
    ["an unknown type", '{"type":"unsubscribe"}'],
    ["targets that are no list", '{"type":"subscribe","targets":"meta"}'],
    ["a target that is no name", '{"type":"subscribe","targets":["Meta"]}'],
    ["an unknown window", '{"type":"subscribe","windows":["2m"]}'],
    ["a cursor that is none", '{"type":"subscribe","resume":{"epoch":7,"seq":-1}}'],
    ["65 targets", JSON.stringify({ type: "subscribe", targets: Array(65).fill("meta") })],
    ["nesting", "[".repeat(8_000) + "]".repeat(8_000)],
    ["control characters", "\u0000\u0001\u001b[2J"],
    ["few bytes", new Uint8Array([0, 255, 1, 254])],
  ])("%s: an error that says why, then 1008", async (_, message) => {
    const [reason, code] = await closing(message);
    expect(reason).toEqual(expect.stringMatching(/\S/));
    expect(code).toBe(1008);
  });

  it.each([
    ["20,000 characters", "x".repeat(20_000)],
    ["a ping of 1 MB", `{"type":"ping","more":"${"x".repeat(1_000_000)}"}`],
    ["1 MB of bytes", new Uint8Array(1_000_000)],
  ])("%s: 1009", async (_, message) => {
    const [reason, code] = await closing(message);
    expect(reason).toEqual(expect.stringMatching(/16384|bytes|characters/));
    expect(code).toBe(1009);
  });

  it.each([
    ["an unmasked frame", [0x81, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f]],
    ["a reserved opcode", [0x83, 0x80, 1, 2, 3, 4]],
    ["reserved bits", [0xf1, 0x80, 1, 2, 3, 4]],
    ["text that is no UTF-8", [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]],
    ["a continuation of nothing", [0x80, 0x80, 1, 2, 3, 4]],
    ["no WebSocket at all", [...Buffer.from("GET / HTTP/1.1\r\n\r\n".repeat(20))]],
  ])("%s ends that subscription alone", async (_, bytes) => {
    await untilSubscribers(0);
    const watcher = new StreamClient(system.url, TOKENS.read);
    await watcher.untilFrames(2);
    const { socket, status } = await rawUpgrade(system.port, "/v1/stream", {
      "Sec-WebSocket-Protocol": `tachograph.v1, bearer.${TOKENS.read}`,
    });
    expect(status).toBe(101);
    await untilSubscribers(2);
    socket.resume().write(Uint8Array.from(bytes));
    await untilSubscribers(1);
    const count = watcher.ticks.length;
    await watcher.until(() => watcher.ticks.length > count);
    watcher.close();
    socket.destroy();
  });

  it("those who never read keep nobody from reading", { timeout: 90_000 }, async () => {
    onTestFailed(() => console.error(system.tail()));
    const readers = await Promise.all(
      Array.from({ length: NEVER_READERS }, () =>
        rawUpgrade(system.port, "/v1/stream?histograms=1", {
          "Sec-WebSocket-Protocol": `tachograph.v1, bearer.${TOKENS.read}`,
        }),
      ),
    );
    expect(readers.map(({ status }) => status)).toEqual(Array(NEVER_READERS).fill(101));
    const healthy = new StreamClient(system.url, TOKENS.read, "?targets=meta&windows=1m");
    await healthy.untilFrames(2);
    const log = wideLog();
    for (let round = 0; round < 9; round++) {
      const answer = await intake("/v1/histograms?unit=us&rebase=now", { body: log });
      expect(answer).toMatchObject({ rows: WIDE_SERIES, rejected: [] });
      const count = healthy.ticks.length;
      await healthy.until(() => healthy.ticks.length > count, 30_000);
    }
    const [first = NaN, ...rest] = healthy.ticks.map(({ body }) => body.seq ?? NaN);
    expect(rest).toEqual(rest.map((_, index) => first + index + 1));
    expect(healthy.frames.filter(({ body }) => body.type === "snapshot")).toHaveLength(1);
    healthy.close();
    for (const { socket } of readers) socket.destroy();
    await untilSubscribers(0);
  });

  /** Makes the next frame large, half a megabyte, for whoever wants histograms. */
  function wideLog(): string {
    const counts = {
      forEach: (visit: (index: number, count: number) => void) => {
        for (let index = 0; index < 4_000; index += 2) visit(index, 1 + ((index * 7_919) % 250));
      },
    };
    const times = { startMs: Date.now(), intervalMs: 1_000, maxUs: 4_000 };
    const rows = Array.from({ length: WIDE_SERIES }, (_, series) =>
      histogramLogRow({ target: "wide", operation: `o${series}`, ...times, counts }),
    );
    return histogramLogHeader(Date.now()) + rows.join("");
  }
});

describe("after all of it", () => {
  it("the process lives, the books balance, and a good report counts", async () => {
    onTestFailed(() => console.error(system.tail()));
    expect(await api.get("/health")).toMatchObject({ status: "ok" });
    expect((await api.call("/health/deep")).status).toBe(200);
    const expectTold = async (): Promise<void> => {
      const { ledger } = await api.settled();
      const rejected = Object.fromEntries(told.rejected);
      expect(ledger.rejected).toEqual(rejected);
      const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
      const { accepted, duplicates } = told;
      expect(ledger).toMatchObject({ accepted, merged: accepted, duplicates, pending: 0 });
      expect(ledger.offered).toBe(accepted + duplicates + refused);
      expect(ledger.isBalanced).toBe(true);
    };
    await expectTold();
    expect(await postTimings(withTimings({}))).toMatchObject({ accepted: 1, rejected: [] });
    await expectTold();
  });
});
