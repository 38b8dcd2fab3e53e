import { describe, expect, it } from "vitest";
import { parseInvalidation } from "../../../src/api/parse-invalidation.ts";
import { Problem } from "../../../src/api/problem.ts";

function read(body: object): unknown {
  const parsed = parseInvalidation({ ...body });
  if (parsed instanceof Problem) throw parsed;
  return parsed;
}

function faults(body: object): (readonly [pointer: string, reason: string])[] {
  const parsed = parseInvalidation({ ...body });
  if (!(parsed instanceof Problem)) throw new Error("it has no fault");
  expect(parsed.status).toBe(400);
  return parsed.errors.map(({ pointer, reason }) => [pointer, reason]);
}

const LONGEST = "x".repeat(512);

describe("the body of an invalidation", () => {
  it.each([
    [{ key: "user-journeys:42" }, { kind: "key", key: "user-journeys:42" }],
    [{ prefix: LONGEST }, { kind: "prefix", prefix: LONGEST }],
    [{ tag: "a/b~c \u0000 \ud800" }, { kind: "tag", tag: "a/b~c \u0000 \ud800" }],
    [{ all: true }, { kind: "all" }],
  ])("may be one scope: %j", (body, scope) => {
    expect(read(body)).toEqual({ cache: "cache", scopes: [scope] });
    expect(read({ scopes: [body], cache: "edge" })).toEqual({ cache: "edge", scopes: [scope] });
  });

  it("may be several, a hundred at most", () => {
    const scopes = Array.from({ length: 100 }, (_, i) => ({ key: `k${i}` }));
    expect(read({ scopes })).toEqual({
      cache: "cache",
      scopes: scopes.map((scope) => ({ kind: "key", ...scope })),
    });
    expect(faults({ scopes: [...scopes, { key: "one more" }] })).toEqual([
      ["/scopes", "must be a list of 1 to 100; send more in further requests"],
    ]);
  });

  it.each([
    [{}, "", "exactly one of key, prefix, tag, all"],
    [{ cache: "cache" }, "", "exactly one of"],
    [{ key: "a", tag: "b" }, "", "exactly one of"],
    [{ key: "" }, "/key", "1 to 512 characters"],
    [{ key: `${LONGEST}x` }, "/key", "1 to 512 characters"],
    [{ prefix: 7 }, "/prefix", "must be a text"],
    [{ tag: null }, "/tag", "must be a text"],
    [{ all: false }, "/all", "must be true"],
    [{ all: "true" }, "/all", "must be true"],
    [{ cahce: "edge", key: "a" }, "/cahce", "did you mean cache?"],
    [{ "a/~": 1 }, "/a~1~0", "is not known; there are key, prefix, tag, all, cache, scopes"],
    [{ key: "a", cache: "Edge!" }, "/cache", "must be the target"],
    [{ key: "a", cache: null }, "/cache", "must be the target"],
    [{ scopes: [] }, "/scopes", "a list of 1 to 100"],
    [{ scopes: { key: "a" } }, "/scopes", "a list of 1 to 100"],
    [{ scopes: null }, "/scopes", "a list of 1 to 100"],
    [{ scopes: [{ key: "a" }], key: "b" }, "/key", "belongs into the list"],
    [{ scopes: [{ key: "a" }], prefx: "b" }, "/prefx", "did you mean prefix?"],
    [{ scopes: [{ key: "a" }, null] }, "/scopes/1", "must be an object"],
    [{ scopes: [["key"]] }, "/scopes/0", "must be an object"],
    [{ scopes: [{}] }, "/scopes/0", "exactly one of"],
    [{ scopes: [{ key: "a", cache: "b" }] }, "/scopes/0/cache", "is not known"],
    [{ scopes: [{ tag: "" }] }, "/scopes/0/tag", "1 to 512 characters"],
  ])("is refused for %j", (body, pointer, reason) => {
    expect(faults(body)).toEqual([[pointer, expect.stringContaining(reason)]]);
  });

  it("is told every fault, but not one for each of a thousand members", () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`m${i}`, i]));
    const pointers = faults({ ...many, cache: 1, scopes: [many, { key: 1 }] }).map(([at]) => at);
    expect(pointers).toEqual(["/cache", "/m0", "/scopes/0/m0", "/scopes/1/key"]);
  });
});
