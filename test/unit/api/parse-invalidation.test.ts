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

const LONGEST = `k:${"x".repeat(510)}`;

describe("the body of an invalidation", () => {
  it.each([
    [{ key: "user-journeys:42" }, { kind: "key", key: "user-journeys:42" }],
    [{ prefix: LONGEST }, { kind: "prefix", prefix: LONGEST }],
    [{ tag: "a/b~c \u0000 \ud800" }, { kind: "tag", tag: "a/b~c \u0000 \ud800" }],
    [{ tag: "t".repeat(128) }, { kind: "tag", tag: "t".repeat(128) }],
    [{ key: "k:a:b c" }, { kind: "key", key: "k:a:b c" }],
    [{ key: "k::" }, { kind: "key", key: "k::" }],
    [{ prefix: "user-j" }, { kind: "prefix", prefix: "user-j" }],
    [{ prefix: "k:" }, { kind: "prefix", prefix: "k:" }],
    [{ all: true }, { kind: "all" }],
  ])("may be one scope: %j", (body, scope) => {
    expect(read(body)).toEqual({ cache: "cache", scopes: [scope] });
    expect(read({ scopes: [body], cache: "edge" })).toEqual({ cache: "edge", scopes: [scope] });
  });

  it("may be several, a hundred at most", () => {
    const scopes = Array.from({ length: 100 }, (_, i) => ({ key: `k:${i}` }));
    expect(read({ scopes })).toEqual({
      cache: "cache",
      scopes: scopes.map((scope) => ({ kind: "key", ...scope })),
    });
    expect(faults({ scopes: [...scopes, { key: "k:one more" }] })).toEqual([
      ["/scopes", "must be a list of 1 to 100; send more in further requests"],
    ]);
  });

  it.each([
    [{}, "", "exactly one of key, prefix, tag, all"],
    [{ cache: "cache" }, "", "exactly one of"],
    [{ key: "k:a", tag: "b" }, "", "exactly one of"],
    [{ key: "" }, "/key", "1 to 512 characters"],
    [{ key: `${LONGEST}x` }, "/key", "1 to 512 characters"],
    [{ prefix: 7 }, "/prefix", "must be a text"],
    [{ tag: null }, "/tag", "must be a text"],
    [{ all: false }, "/all", "must be true"],
    [{ all: "true" }, "/all", "must be true"],
    [{ cahce: "edge", key: "a" }, "/cahce", "did you mean cache?"],
    [{ "a/~": 1 }, "/a~1~0", "is not known; there are key, prefix, tag, all, cache, scopes"],
    [{ key: "k:a", cache: "Edge!" }, "/cache", "must be the target"],
    [{ key: "k:a", cache: null }, "/cache", "must be the target"],
    [{ scopes: [] }, "/scopes", "a list of 1 to 100"],
    [{ scopes: { key: "a" } }, "/scopes", "a list of 1 to 100"],
    [{ scopes: null }, "/scopes", "a list of 1 to 100"],
    [{ scopes: [{ key: "k:a" }], key: "k:b" }, "/key", "belongs into the list"],
    [{ scopes: [{ key: "k:a" }], prefx: "b" }, "/prefx", "did you mean prefix?"],
    [{ scopes: [{ key: "k:a" }, null] }, "/scopes/1", "must be an object"],
    [{ scopes: [["key"]] }, "/scopes/0", "must be an object"],
    [{ scopes: [{}] }, "/scopes/0", "exactly one of"],
    [{ scopes: [{ key: "k:a", cache: "b" }] }, "/scopes/0/cache", "is not known"],
    [{ scopes: [{ tag: "" }] }, "/scopes/0/tag", "1 to 128 characters"],
    [{ tag: "t".repeat(129) }, "/tag", "1 to 128 characters"],
    [{ key: "42" }, "/key", "must have its kind and a colon before it, as user-journeys:42"],
    [{ key: "k:" }, "/key", "must have its kind and a colon"],
    [{ key: ":42" }, "/key", "must begin with a kind"],
    [{ key: "User:42" }, "/key", "must begin with a kind"],
    [{ key: `${"k".repeat(65)}:42` }, "/key", "must begin with a kind"],
    [{ prefix: ":" }, "/prefix", "must begin with a kind"],
    [{ prefix: "User" }, "/prefix", "must begin with a kind"],
    [{ scopes: [{ prefix: "k".repeat(65) }] }, "/scopes/0/prefix", "must begin with a kind"],
  ])("is refused for %j", (body, pointer, reason) => {
    expect(faults(body)).toEqual([[pointer, expect.stringContaining(reason)]]);
  });

  it("is told every fault, but not one for each of a thousand members", () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`m${i}`, i]));
    const pointers = faults({ ...many, cache: 1, scopes: [many, { key: 1 }] }).map(([at]) => at);
    expect(pointers).toEqual(["/cache", "/m0", "/scopes/0/m0", "/scopes/1/key"]);
  });
});
