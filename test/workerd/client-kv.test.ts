import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { instrumentKV } from "../../src/client/kv/instrument-kv.ts";
import { MemoryRecorder } from "../support/memory-recorder.ts";
import { seedOf } from "../support/seeded.ts";

/** How a call ended, in words and plain data, so that two can be held against each other. */
interface Ending {
  readonly how: "threw" | "rejected" | "returned" | "answered";
  readonly what: unknown;
}

const recorder = new MemoryRecorder();
const wrapped = instrumentKV(env.CLIENT_KV, recorder);

afterEach(() => {
  recorder.take();
  expect(recorder.failures.splice(0)).toEqual([]);
});

function methodOf(kv: KVNamespace, name: string): (...args: unknown[]) => unknown {
  return Reflect.get(kv, name);
}

async function plain(value: unknown): Promise<unknown> {
  if (value instanceof ReadableStream) return { stream: await new Response(value).text() };
  if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] };
  if (value instanceof Map) {
    const entries = [...value].map(async ([key, one]) => [key, await plain(one)]);
    return { map: await Promise.all(entries) };
  }
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(async ([name, one]) => [name, await plain(one)]);
  return { name: value.constructor?.name, fields: await Promise.all(fields) };
}

function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return { name: error.name, constructor: error.constructor.name, message: error.message };
}

async function endingOf(call: () => unknown): Promise<Ending> {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return { how: "threw", what: plainError(error) };
  }
  if (!(result instanceof Promise)) return { how: "returned", what: await plain(result) };
  try {
    return { how: "answered", what: await plain(await result) };
  } catch (error) {
    return { how: "rejected", what: plainError(error) };
  }
}

const describeArgs = (args: readonly unknown[]): string =>
  args
    .map((arg) => (typeof arg === "symbol" ? "symbol" : JSON.stringify(arg)))
    .join()
    .slice(0, 200);

/**
 * Makes the same call on the bare twin and on the wrapped namespace. The arguments are made anew for
 * each, for a stream can be read only once.
 */
async function sameOnBoth(method: string, argsOf: () => readonly unknown[]): Promise<Ending> {
  const on = (kv: KVNamespace): Promise<Ending> =>
    endingOf(() => Reflect.apply(methodOf(kv, method), kv, argsOf()));
  const bare = await on(env.CLIENT_KV_TWIN);
  const instrumented = await on(wrapped);
  expect(instrumented, `${method}(${describeArgs(argsOf())})`).toEqual(bare);
  return bare;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const streamOf = (text: string): ReadableStream | null => new Response(text).body;
const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;

const puts: readonly (() => readonly unknown[])[] = [
  () => ["text", "hello"],
  () => ["empty", ""],
  () => ["json", JSON.stringify({ a: [1, null, "ü"] })],
  () => ["bytes", bytesOf("bytes").buffer],
  () => ["view", bytesOf("a view").subarray(2)],
  () => ["stream", streamOf("streamed")],
  () => ["lasting", "1", { expiration: inAnHour, metadata: { kind: "x", deep: [1] } }],
  () => ["ttl", "1", { expirationTtl: 60, metadata: null }],
  () => ["odd / ü \u{1F600} ?#%&=+\n", "odd"],
  () => ["number", 7],
  () => ["a".repeat(512), "longest key"],
  // From here on, what is refused.
  () => ["", "empty key"],
  () => [".", "dot"],
  () => ["..", "dots"],
  () => ["a".repeat(513), "key too long"],
  () => ["ü".repeat(257), "key too long in bytes"],
  () => ["k", "v", { expirationTtl: -1 }],
  () => ["k", "v", { expirationTtl: 0 }],
  () => ["k", "v", { expirationTtl: 59 }],
  () => ["k", "v", { expirationTtl: Number.NaN }],
  () => ["k", "v", { expirationTtl: "soon" }],
  () => ["k", "v", { expiration: 1 }],
  () => ["k", "v", { metadata: "m".repeat(2_000) }],
  () => ["k", "v", "no options"],
  () => ["k", { no: "value" }],
  () => ["k", [1, 2]],
  () => ["k", null],
  () => ["k", undefined],
  () => ["k", Symbol.iterator],
  () => ["k"],
  () => [],
  () => [null, "v"],
  () => [Symbol.iterator, "v"],
];

const types: readonly unknown[] = [
  "text",
  "json",
  "arrayBuffer",
  "stream",
  "TEXT",
  "xml",
  "",
  7,
  null,
];
const kinds: readonly unknown[] = [
  undefined,
  ...types,
  ...types.map((type) => ({ type })),
  { cacheTtl: 60 },
  { cacheTtl: 1 },
  { cacheTtl: -5 },
  { type: "json", cacheTtl: 300 },
  { type: "stream", cacheTtl: "long" },
];
const manyKeys = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `many-${index}`);
const keys: readonly unknown[] = [
  "text",
  "json",
  "lasting",
  "absent",
  "odd / ü \u{1F600} ?#%&=+\n",
  "",
  ".",
  "a".repeat(513),
  7,
  null,
  undefined,
  Symbol.iterator,
  {},
  [],
  ["text"],
  ["text", "absent", "text", "json"],
  ["json", "lasting"],
  ["text", ""],
  ["text", "a".repeat(513)],
  ["text", null],
  manyKeys(100),
  manyKeys(101),
];

test("every put ends as the bare one does, and is recorded once", async () => {
  const hows = new Set<string>();
  for (const argsOf of puts) {
    const { how } = await sameOnBoth("put", argsOf);
    hows.add(how);
    expect(recorder.take()).toEqual([`put ${how === "answered" ? "ok" : "error"}`]);
  }
  expect(hows).toContain("answered");
  expect(hows.size, "some are refused").toBeGreaterThan(1);
});

test("a value that is too large is refused alike", async () => {
  const { how } = await sameOnBoth("put", () => ["large", "x".repeat(25 * 1024 * 1024 + 1)]);
  expect(how).toBe("rejected");
  expect(recorder.take()).toEqual(["put error"]);
});

test("every get and getWithMetadata ends as the bare one does, in every type and form", async () => {
  for (const argsOf of puts) await sameOnBoth("put", argsOf);
  recorder.take();
  let answered = 0;
  for (const method of ["get", "getWithMetadata"]) {
    await sameOnBoth(method, () => []);
    expect(recorder.take()).toHaveLength(1);
    for (const key of keys) {
      for (const kind of kinds) {
        const ending = await sameOnBoth(method, () => (kind === undefined ? [key] : [key, kind]));
        const taken = recorder.take();
        expect(taken.length).toBeGreaterThan(0);
        expect(taken.includes("get error"), JSON.stringify(ending)).toBe(ending.how !== "answered");
        if (ending.how === "answered") answered += 1;
      }
    }
  }
  expect(answered).toBeGreaterThan(100);
});

test("list and delete end as the bare ones do", async () => {
  for (let index = 0; index < 25; index += 1) {
    await sameOnBoth("put", () => [`list-${index}`, "v", { metadata: { index } }]);
  }
  recorder.take();
  const options: readonly unknown[] = [
    undefined,
    {},
    { prefix: "list-" },
    { prefix: "list-", limit: 7 },
    { prefix: null, cursor: null },
    { limit: 0 },
    { limit: -1 },
    { limit: 1_000 },
    { limit: 1_001 },
    { limit: "few" },
    { prefix: "nothing starts so" },
    { prefix: "a".repeat(513) },
    { cursor: "no cursor of ours" },
    "no options",
  ];
  for (const option of options) {
    const { how } = await sameOnBoth("list", () => (option === undefined ? [] : [option]));
    expect(recorder.take()).toEqual([`list ${how === "answered" ? "ok" : "error"}`]);
  }
  for (const key of ["list-0", "list-0", "absent", "", ".", "a".repeat(513), null, undefined, 7]) {
    const { how } = await sameOnBoth("delete", () => [key]);
    expect(recorder.take()).toEqual([`delete ${how === "answered" ? "ok" : "error"}`]);
  }
  await sameOnBoth("delete", () => []);
});

test("a list is read to its end by its cursors", async () => {
  for (let index = 0; index < 25; index += 1) await wrapped.put(`page-${index}`, "v");
  recorder.take();
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page: KVNamespaceListResult<unknown> = await wrapped.list({
      prefix: "page-",
      limit: 10,
      ...(cursor !== undefined && { cursor }),
    });
    names.push(...page.keys.map(({ name }) => name));
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor !== undefined);
  expect(names).toHaveLength(25);
  expect(recorder.take()).toEqual(["list ok", "list ok", "list ok"]);
});

test("hits and misses are counted by key; an empty value and the text null are hits", async () => {
  await wrapped.put("here", "null");
  recorder.take();
  expect(await wrapped.get("here")).toBe("null");
  expect(await wrapped.get("gone")).toBeNull();
  expect((await wrapped.getWithMetadata("here")).value).toBe("null");
  expect((await wrapped.getWithMetadata("gone")).value).toBeNull();
  expect(recorder.take()).toEqual(["get hit", "get miss", "get hit", "get miss"]);
  const found = await wrapped.get(["here", "gone", "gone-too"]);
  expect([...found.values()]).toEqual(["null", null, null]);
  expect(recorder.take()).toEqual(["get hit", "get miss", "get miss"]);
  await wrapped.getWithMetadata(["gone", "here"]);
  expect(recorder.take()).toEqual(["get miss", "get hit"]);
  await wrapped.put("empty", "");
  recorder.take();
  for (const type of ["text", "arrayBuffer", "stream"] as const) {
    await endingOf(() => Reflect.apply(methodOf(wrapped, "get"), wrapped, ["empty", { type }]));
  }
  expect(recorder.take()).toEqual(["get hit", "get hit", "get hit"]);
});

test("random sequences of calls leave the same behind as on the bare one", async () => {
  const key = fc.oneof(
    fc.constantFrom("r1", "r2", "r3"),
    fc.string({ unit: "grapheme", maxLength: 8 }).map((text) => `r-${text}`),
  );
  const step = fc.oneof(
    fc.tuple(fc.constant("put"), key, fc.string({ unit: "binary", maxLength: 50 })),
    fc.tuple(fc.constant("get"), key),
    fc.tuple(fc.constant("get"), fc.array(key, { maxLength: 5 })),
    fc.tuple(fc.constant("getWithMetadata"), key, fc.constantFrom("text", "json", "stream")),
    fc.tuple(fc.constant("delete"), key),
    fc.tuple(
      fc.constant("list"),
      fc.record({ prefix: fc.constant("r"), limit: fc.integer() }, { noNullPrototype: true }),
    ),
  );
  const seed = seedOf("instrumentKV against the bare namespace", env.TEST_SEED);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      for (const [method, ...args] of steps) await sameOnBoth(method, () => args);
    }),
    { seed, numRuns: 20 },
  );
});

test("it looks like the bare one, and its methods stay the same and refuse strangers", async () => {
  expect(Object.prototype.toString.call(wrapped)).toBe(
    Object.prototype.toString.call(env.CLIENT_KV),
  );
  expect(wrapped.constructor).toBe(env.CLIENT_KV.constructor);
  expect(Reflect.getPrototypeOf(wrapped)).toBe(Reflect.getPrototypeOf(env.CLIENT_KV));
  expect(Object.keys(wrapped)).toEqual(Object.keys(env.CLIENT_KV));
  expect(methodOf(wrapped, "get")).toBe(methodOf(wrapped, "get"));
  for (const name of ["get", "getWithMetadata", "put", "delete", "list", "deleteBulk", "nothing"]) {
    const [ours, bare]: unknown[] = [Reflect.get(wrapped, name), Reflect.get(env.CLIENT_KV, name)];
    expect(typeof ours, name).toBe(typeof bare);
    if (typeof ours !== "function" || typeof bare !== "function") continue;
    expect([ours.name, ours.length]).toEqual([bare.name, bare.length]);
  }
  const detached = await endingOf(() =>
    Reflect.apply(methodOf(wrapped, "get"), undefined, ["text"]),
  );
  const bare = await endingOf(() =>
    Reflect.apply(methodOf(env.CLIENT_KV, "get"), undefined, ["text"]),
  );
  expect(bare.how).not.toBe("answered");
  expect(detached).toEqual(bare);
});
