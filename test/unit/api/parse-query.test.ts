import { describe, expect, it } from "vitest";
import {
  queryBoolean,
  queryChoice,
  queryChoices,
  queryEpochMs,
  queryInteger,
  queryName,
  queryNames,
  queryOperation,
  required,
} from "../../../src/api/parse-query.ts";
import { Problem } from "../../../src/api/problem.ts";

const WINDOWS = ["1m", "5m", "1h"] as const;

const READERS = {
  epochMs: (query: URLSearchParams) => queryEpochMs(query, "x"),
  integer: (query: URLSearchParams) => queryInteger(query, "x", -5, 100),
  window: (query: URLSearchParams) => queryChoice(query, "x", WINDOWS),
  windows: (query: URLSearchParams) => queryChoices(query, "x", WINDOWS),
  name: (query: URLSearchParams) => queryName(query, "x"),
  operation: (query: URLSearchParams) => queryOperation(query, "x"),
  names: (query: URLSearchParams) => queryNames(query, "x"),
  boolean: (query: URLSearchParams) => queryBoolean(query, "x"),
};

type Kind = keyof typeof READERS;

const KINDS = Object.keys(READERS) as Kind[];

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `t${index}`);

describe("query parameters", () => {
  it.each<[Kind, string, unknown]>([
    ["epochMs", "0", 0],
    ["epochMs", "1795190000000", 1_795_190_000_000],
    ["epochMs", "8640000000000000", 8.64e15],
    ["integer", "-5", -5],
    ["integer", "100", 100],
    ["window", "5m", "5m"],
    ["windows", "5m,1m", ["5m", "1m"]],
    ["windows", "1m,1m", ["1m"]],
    ["name", "meta", "meta"],
    ["operation", "*", "*"],
    ["operation", "events", "events"],
    ["names", "meta", ["meta"]],
    ["names", "meta, google,meta", ["meta", "google"]],
    ["names", names(64).join(","), names(64)],
    ["boolean", "1", true],
    ["boolean", "true", true],
    ["boolean", "0", false],
    ["boolean", "false", false],
  ])("%s reads %j", (kind, text, value) => {
    expect(READERS[kind](new URLSearchParams({ x: text }))).toEqual(value);
  });

  it.each<[Kind, string, string]>([
    ["epochMs", "-1", "must be a point in time in whole epoch milliseconds, as 1795190000000"],
    ["epochMs", "1.5", "must be a point in time in whole epoch milliseconds, as 1795190000000"],
    ["epochMs", "1e12", "must be a point in time in whole epoch milliseconds, as 1795190000000"],
    [
      "epochMs",
      "2026-11-21",
      "must be a point in time in whole epoch milliseconds, as 1795190000000",
    ],
    [
      "epochMs",
      "8640000000000001",
      "must be a point in time in whole epoch milliseconds, as 1795190000000",
    ],
    [
      "epochMs",
      "9".repeat(400),
      "must be a point in time in whole epoch milliseconds, as 1795190000000",
    ],
    ["integer", "-6", "must be an integer from -5 to 100"],
    ["integer", "101", "must be an integer from -5 to 100"],
    ["integer", "0x1", "must be an integer from -5 to 100"],
    ["integer", " 1", "must be an integer from -5 to 100"],
    ["window", "2m", "must be one of 1m, 5m, 1h"],
    ["window", "1M", "must be one of 1m, 5m, 1h"],
    ["window", "length", "must be one of 1m, 5m, 1h"],
    ["windows", "1m,2m", "must be a list of 1m, 5m, 1h, separated by commas"],
    ["windows", "1m,,5m", "must be a list of 1m, 5m, 1h, separated by commas"],
    ["name", "Meta", "must be a name: 1 to 64 of a-z 0-9 _ . : - beginning with a letter or digit"],
    ["name", "*", "must be a name: 1 to 64 of a-z 0-9 _ . : - beginning with a letter or digit"],
    [
      "name",
      "a".repeat(65),
      "must be a name: 1 to 64 of a-z 0-9 _ . : - beginning with a letter or digit",
    ],
    [
      "operation",
      "**",
      "must be * for the whole target, or a name: 1 to 64 of a-z 0-9 _ . : - beginning with a letter or digit",
    ],
    [
      "names",
      "meta,a b",
      "must be names separated by commas, each 1 to 64 of a-z 0-9 _ . : - beginning with a letter or digit",
    ],
    ["names", names(65).join(","), "may list at most 64 entries"],
    ["boolean", "yes", "must be 1, 0, true or false"],
  ])("%s refuses %j", (kind, text, reason) => {
    const problem = READERS[kind](new URLSearchParams({ x: text }));
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({
      status: 400,
      detail: `The query parameter x ${reason}.`,
      errors: [{ pointer: "?x", reason }],
    });
  });

  it.each(KINDS)("%s is undefined when absent, and 400 when empty or given twice", (kind) => {
    expect(READERS[kind](new URLSearchParams("y=1"))).toBeUndefined();
    expect(READERS[kind](new URLSearchParams("x="))).toMatchObject({ status: 400 });
    expect(READERS[kind](new URLSearchParams("x=1&x=1"))).toMatchObject({
      status: 400,
      errors: [{ pointer: "?x", reason: "must be given once" }],
    });
  });

  it("can be required", () => {
    expect(required("x", undefined)).toMatchObject({
      errors: [{ pointer: "?x", reason: "is required" }],
    });
    expect(required("x", 0)).toBe(0);
    expect(required("x", false)).toBe(false);
  });
});
