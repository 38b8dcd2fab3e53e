import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Answer, call, TOKENS } from "./api.ts";
import { ApiContract, type Operation, type Parameter } from "./api-contract.ts";
import { System } from "./system.ts";

/* What docs/openapi.json says of each call is what a running Tachograph does. */

const DAY_MS = 86_400_000;

/** Until an alert fires: watched, the coordinator ticks twice a second. */
const FIRING_TIMEOUT_MS = 30_000;

const contract = new ApiContract();

let system: System;
/** What ids in paths are, beside the examples: of what was made here. */
const ids = new Map<string, string>();

beforeAll(async () => {
  system = await System.start();
  await seed();
  ids.set("/v1/alerts", await firingAlert());
});
afterAll(() => system?.dispose());

async function seed(): Promise<void> {
  const repeat = (count: number, timing: object): object[] =>
    Array.from({ length: count }, () => timing);
  const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
  const timings = [
    ...repeat(30, { target: "worker", operation: "track", durationMs: 20 }),
    ...repeat(40, { target: "meta", operation: "events", durationMs: 300, outcome: "error" }),
    { target: "meta", operation: "events", durationMs: 310, ...trace },
    ...repeat(40, { target: "meta", operation: "events", durationMs: 300, outcome: "error" }),
    { target: "meta", operation: "events", durationMs: 300, outcome: "rate_limited" },
    {
      target: "d1",
      operation: "select_leads",
      durationMs: 700,
      measures: { rowsRead: 5_000, sqlMs: 550, waitMs: 150, slow: 1, sizeBytes: 123_456 },
    },
    { target: "cache", operation: "l1", durationMs: 0.1, outcome: "hit", measures: { keys: 7 } },
    { target: "cache", operation: "l3", durationMs: 40, outcome: "miss" },
    { target: "probe", operation: "lost-leads", durationMs: 5, measures: { value: 3, failing: 1 } },
    { target: "queue", operation: "wait", durationMs: 900, measures: { retries: 2 } },
  ];
  const body = JSON.stringify({ timings });
  const answer = await call(`${system.url}/v1/timings`, { token: TOKENS.ingest, body });
  expect(answer.status, answer.text).toBe(200);
}

async function firingAlert(): Promise<string> {
  const deadline = Date.now() + FIRING_TIMEOUT_MS;
  for (;;) {
    const { text } = await call(`${system.url}/v1/alerts?state=firing&target=probe`, {
      token: TOKENS.read,
    });
    const { alerts }: { alerts: readonly { id: string }[] } = JSON.parse(text);
    const [alert] = alerts;
    if (alert !== undefined) return alert.id;
    if (Date.now() > deadline) throw new Error("no alert fires");
    await sleep(250);
  }
}

/** The address of a call. @param query - which of its query parameters are given. */
function addressOf(
  { path, parameters = [] }: Operation,
  query: (parameter: Parameter) => Parameter["example"],
): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const example = parameters.find((one) => one.name === name)?.example;
    const collection = path.slice(0, path.indexOf("/{"));
    return encodeURIComponent(ids.get(collection) ?? String(example));
  });
  const search = new URLSearchParams();
  for (const parameter of parameters) {
    const value = parameter.in === "query" ? query(parameter) : undefined;
    if (value !== undefined) search.set(parameter.name, String(value));
  }
  return `${system.url}${upToDate(filled)}?${upToDate(search.toString())}`;
}

/** Examples say a day that goes by; history takes one that is over and is kept. */
function upToDate(text: string): string {
  const at = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS + 3_600_000;
  return text
    .replaceAll("2026-11-20", new Date(at).toISOString().slice(0, 10))
    .replaceAll("1795189980.000", `${at / 1_000}.000`)
    .replaceAll("1800000000000", String(Date.now() + 3_600_000));
}

function required({ required: isRequired, example }: Parameter): Parameter["example"] {
  return isRequired === true ? example : undefined;
}

function everyExample({ example }: Parameter): Parameter["example"] {
  return example;
}

async function ask(operation: Operation, url: string, body?: unknown): Promise<Answer> {
  const [type] = Object.keys(operation.requestBody?.content ?? {});
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return call(url, {
    token: TOKENS.admin,
    method: operation.method,
    headers: { ...(type !== undefined && body !== undefined && { "content-type": type }) },
    ...(body === undefined ? {} : { body: upToDate(text) }),
  });
}

function expectDescribed(operation: Operation, answer: Answer, what: string): void {
  const { method, path } = operation;
  expect.soft(contract.faults(operation, answer), `${method} ${path}, ${what}`).toEqual([]);
}

const named = contract.operations.map((operation) => ({
  ...operation,
  name: `${operation.method} ${operation.path}`,
}));

const readings = named.filter(({ method, path }) => method === "GET" && path !== "/v1/stream");

it.for(readings.filter(({ path }) => path !== "/v1/silences/{id}"))(
  "$name answers as it is described",
  async (operation) => {
    for (const [what, query] of [
      ["nothing optional", required],
      ["every example", everyExample],
    ] as const) {
      const answer = await ask(operation, addressOf(operation, query));
      expectDescribed(operation, answer, what);
      expect(answer.status, answer.text.slice(0, 300)).toBe(200);
    }
  },
);

it.for(readings)(
  "$name takes what is described of its parameters, and nothing else",
  async (operation) => {
    for (const { name, in: where, schema } of operation.parameters ?? []) {
      if (where !== "query") continue;
      const asked = (value: string): Promise<Answer> =>
        ask(
          operation,
          addressOf(operation, (one) => (one.name === name ? value : required(one))),
        );
      for (const value of schema.enum ?? schema.items?.enum ?? []) {
        const answer = await asked(value);
        expect(answer.status, `${name}=${value}: ${answer.text.slice(0, 300)}`).toBe(200);
      }
      const answer = await asked("~");
      expect(answer.status, `${name}=~`).toBe(400);
      expectDescribed(operation, answer, `${name}=~`);
      expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ pointer: `?${name}` }] });
    }
  },
);

it("every frame of the stream is as it is described", async () => {
  const response = await fetch(`${system.url}/v1/stream?histograms=1`, {
    headers: { authorization: `Bearer ${TOKENS.read}`, accept: "text/event-stream" },
  });
  const seen = new Set<string>();
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const data = /^data: ?(.*)$/m.exec(event)?.[1];
      if (data === undefined) continue;
      const frame: { readonly type: string } = JSON.parse(data);
      expect(contract.frameFaults(frame), frame.type).toEqual([]);
      seen.add(frame.type);
    }
    if (seen.has("tick")) break;
  }
  expect([...seen]).toEqual(expect.arrayContaining(["hello", "snapshot", "tick"]));
});

// In the order of the document: what is made is read, and then deleted.
it("what changes something works as in its example, and refuses as it says", async () => {
  for (const operation of named) {
    const { method, name, requestBody, path } = operation;
    if (method === "GET" && path !== "/v1/silences/{id}") continue;
    const [content] = Object.values(requestBody?.content ?? {});
    const refused = operation["x-refused-example"];
    if (content !== undefined) {
      expect.soft(refused, `${name} has an example that is refused`).toBeDefined();
    }
    if (refused !== undefined) {
      const answer = await ask(operation, addressOf(operation, required), refused.body);
      expect.soft(answer.status, `${name}: ${answer.text}`).toBe(refused.status);
      expectDescribed(operation, answer, "refused");
      const { type, pointer } = refused;
      const problem: { readonly errors?: readonly { readonly pointer: string }[] } = JSON.parse(
        answer.text,
      );
      if (type !== undefined) expect.soft(problem, name).toMatchObject({ type });
      const pointers = problem.errors?.map((error) => error.pointer);
      if (pointer !== undefined) expect.soft(pointers, name).toContain(pointer);
    }
    const answer = await ask(operation, addressOf(operation, everyExample), content?.example);
    expect.soft(answer.status, `${name}: ${answer.text}`).toBeLessThan(300);
    expectDescribed(operation, answer, "example");
    if (name === "POST /v1/silences") ids.set(path, JSON.parse(answer.text).id);
  }
});

it.for(named)(
  "$name asks for its token, and for no other scope than is said",
  async (operation) => {
    const { method, security, path } = operation;
    const url = addressOf(operation, everyExample);
    const answer = await call(url, { method, ...(method === "POST" && { body: "{}" }) });
    expect(answer.status).toBe(security.length === 0 ? 200 : 401);
    expectDescribed(operation, answer, "no token");
    if (path === "/health") return;
    const [{ bearer: [scope] = [] }] = security as [{ bearer?: readonly string[] }];
    for (const token of [TOKENS.ingest, TOKENS.read]) {
      // Only whether it may: nothing is changed.
      if (scope === undefined || token === `dev-${scope}`) continue;
      const refused = await call(url, { token, method, ...(method === "POST" && { body: "{}" }) });
      expect(refused.status, `${token}: ${refused.text}`).toBe(403);
      expectDescribed(operation, refused, `as ${token}`);
    }
  },
);

it("serves its description beside the page, to any origin", async () => {
  const answer = await call(`${system.url}/openapi.json`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  expect(JSON.parse(answer.text)).toMatchObject({
    openapi: "3.1.0",
    info: { title: "Tachograph" },
  });
});
