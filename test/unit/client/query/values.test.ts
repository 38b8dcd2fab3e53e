import fc from "fast-check";
import { expect, test } from "vitest";
import { bindFault } from "../../../../src/client/query/bind-value.ts";
import type { BindValue } from "../../../../src/client/query/bind-value.ts";
import { checkParams } from "../../../../src/client/query/check-params.ts";
import { defineQueries } from "../../../../src/client/query/define-queries.ts";
import { insertRow } from "../../../../src/client/query/insert-row.ts";
import { paramsText, resultKey } from "../../../../src/client/query/result-key.ts";
import { sqlHash } from "../../../../src/client/query/sql-hash.ts";
import { textBytes } from "../../../../src/client/query/text-bytes.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("query values", process.env["SEED"]);
const numRuns = Number(process.env["RUNS"] ?? 500);

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 5 }),
  fc
    .array(fc.constantFrom("\ud800", "\udc00", "\0", '"', "[", ",", "1", "é", "😀"), {
      maxLength: 5,
    })
    .map((p) => p.join("")),
);
const anyValue: fc.Arbitrary<BindValue> = fc.oneof(
  anyText,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -2, max: 2 }),
  fc.boolean(),
  fc.constantFrom(null, 0, -0, "null", "1", "true", '["00"]', ""),
  fc.uint8Array({ maxLength: 3 }),
  fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 }),
);

/** What D1 is sent: the only thing that may decide whether two calls are one. */
function sent(params: readonly BindValue[]): string {
  const each = params.map((value) => {
    if (typeof value === "boolean") return Number(value);
    return value instanceof Uint8Array ? Array.from(value) : value;
  });
  return JSON.stringify(each);
}

test("two calls share a key if and only if D1 is sent the same", () => {
  const anyParams = fc.array(anyValue, { maxLength: 3 });
  fc.assert(
    fc.property(anyParams, anyParams, (a, b) => {
      expect(paramsText(a) === paramsText(b)).toBe(sent(a) === sent(b));
    }),
    { seed, numRuns: numRuns * 4 },
  );
  expect(paramsText([new Uint8Array([0])])).not.toBe(paramsText(["00"]));
  expect(paramsText([new ArrayBuffer(2)])).toBe(paramsText([[0, 0]]));
  expect(paramsText([new Uint8ClampedArray([7])])).toBe(paramsText([[7]]));
});

const QUERY = defineQueries({ name: { sql: "SELECT ?1" } }).find("name");

test("a long key is hashed, and never is one that is not", async () => {
  const head = `d1/name/${QUERY.sqlHash}/`;
  const most = 400 - head.length - '[""]'.length;
  const params = [["x".repeat(most)], ["x".repeat(most + 1)], ["y".repeat(most + 1)], ["#"], []];
  const keys = await Promise.all(params.map((each) => resultKey("d1", QUERY, each)));
  expect(new Set(keys).size).toBe(5);
  for (const key of keys) expect(key.length).toBeLessThanOrEqual(400);
  expect(keys[0]).toBe(`${head}["${"x".repeat(most)}"]`);
  expect(keys[1]).toMatch(new RegExp(`^${head}#[0-9a-f]{64}$`));
  expect(keys.slice(3)).toEqual([`${head}["#"]`, `${head}[]`]);
});

test("each database, each query and each statement has keys of its own", async () => {
  const hashes = ["SELECT ?1", "SELECT ?1 ", "SELECT ?2", "", "\ud800", "\udc00"].map(sqlHash);
  expect(new Set(hashes).size).toBe(6);
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
  // Known answers of FNV-1a with 64 bits, of ASCII.
  expect([sqlHash(""), sqlHash("a")]).toEqual(["cbf29ce484222325", "af63dc4c8601ec8c"]);
  const others = [
    await resultKey("d1", QUERY, [1]),
    await resultKey("d1.orders", QUERY, [1]),
    await resultKey("d1", { ...QUERY, name: "other" }, [1]),
    await resultKey("d1", { ...QUERY, sqlHash: sqlHash("SELECT ?1, 2") }, [1]),
  ];
  expect(new Set(others).size).toBe(4);
});

test("counts bytes as UTF-8 does", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(textBytes(text)).toBe(new TextEncoder().encode(text).length);
    }),
    { seed, numRuns },
  );
});

test("refuses what D1 refuses, and what it silently changes, and says what to do", () => {
  const refused: [unknown, RegExp][] = [
    [undefined, /is undefined: bind null/],
    [NaN, /is NaN, which D1 would store as NULL/],
    [-Infinity, /is -Infinity/],
    [10n, /bigint.*Number\(value\)/],
    [new Date(0), /getTime\(\)/],
    [new Date(Number.NaN), /getTime\(\)/],
    [new Float64Array([1.5]), /Uint8Array/],
    [new DataView(new ArrayBuffer(2)), /Uint8Array/],
    [[1, 300], /json_each/],
    [[1.5], /json_each/],
    // oxlint-disable-next-line eslint/no-sparse-arrays -- somebody may pass one
    [[1, , 2], /json_each/],
    [{}, /JSON\.stringify/],
    [() => 1, /is a function/],
    [Symbol("x"), /is a symbol/],
  ];
  for (const [value, why] of refused) expect(bindFault(value)).toMatch(why);
  for (const value of [
    "",
    "\0",
    "\ud800",
    0,
    -0,
    1e300,
    true,
    null,
    [],
    [0, 255],
    new ArrayBuffer(0),
  ]) {
    expect(bindFault(value)).toBeUndefined();
  }
});

test("says which parameter of which query is wrong", () => {
  const check = (params: unknown) => () => checkParams("by-id", params as BindValue[]);
  expect(check([1, undefined])).toThrow('Parameter ?2 of "by-id" is undefined');
  expect(check(Array.from({ length: 101 }, () => 1))).toThrow(
    /101 parameters.*at most 100.*json_each/,
  );
  expect(check("x")).toThrow(/have to be a list/);
  expect(check(["x".repeat(2_000_001)])).toThrow(/\?1 .* has 2000001 bytes/);
  expect(check(["é".repeat(1_000_001)])).toThrow(/has 2000002 bytes/);
  expect(check([new Uint8Array(2_000_001)])).toThrow(/has 2000001 bytes/);
  expect(check(["x".repeat(2_000_000), new Uint8Array(2_000_000)])).not.toThrow();
  // oxlint-disable-next-line eslint/no-sparse-arrays -- somebody may pass one
  expect(check([1, , 2])).toThrow("Parameter ?2");
});

test("a row tells what it costs, and whether JSON carries it", () => {
  const plain = insertRow(["é", 1, -0, 1.5, 1e21, 5e-324, true, false, null]);
  expect(plain.json).toBe('["é",1.0,0.0,1.5,1e+21,5e-324,1.0,0.0,null]');
  expect(plain.jsonBytes).toBe(new TextEncoder().encode(plain.json).length);
  expect(insertRow(["a", new Uint8Array(10)])).toMatchObject({
    json: undefined,
    jsonBytes: undefined,
    boundBytes: 41,
  });
  expect(() => insertRow(["x".repeat(1_500_000), new Uint8Array(500_001)])).toThrow(
    /has 2000001 bytes: a row of D1 holds at most 2000000/,
  );
  expect(() => insertRow(["x".repeat(1_500_000), new Uint8Array(500_000)])).not.toThrow();
});
