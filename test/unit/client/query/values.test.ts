import fc from "fast-check";
import { expect, test } from "vitest";
import { bindFault } from "../../../../src/client/query/bind-value.ts";
import type { BindValue } from "../../../../src/client/query/bind-value.ts";
import { checkParams } from "../../../../src/client/query/check-params.ts";
import { insertRow } from "../../../../src/client/query/insert-row.ts";
import { callText, resultKey } from "../../../../src/client/query/result-key.ts";
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
      expect(callText("q", a) === callText("q", b)).toBe(sent(a) === sent(b));
      expect(callText("q", a)).not.toBe(callText("q2", b));
    }),
    { seed, numRuns: numRuns * 4 },
  );
  expect(callText("q", [new Uint8Array([0])])).not.toBe(callText("q", ["00"]));
  expect(callText("q", [new ArrayBuffer(2)])).toBe(callText("q", [[0, 0]]));
  expect(callText("q", [new Uint8ClampedArray([7])])).toBe(callText("q", [[7]]));
});

test("a long key is hashed, and never is one that is not", async () => {
  const keys = await Promise.all(
    [["x".repeat(500)], ["x".repeat(501)], ["y".repeat(500)], ["#"], []].map((p) =>
      resultKey("name", p),
    ),
  );
  expect(new Set(keys).size).toBe(5);
  for (const key of keys) expect(key.length).toBeLessThanOrEqual(400);
  expect(keys[0]).toMatch(/^name #[0-9a-f]{64}$/);
  expect(keys.slice(3)).toEqual(['name ["#"]', "name"]);
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
    // oxlint-disable-next-line no-sparse-arrays
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
  // oxlint-disable-next-line no-sparse-arrays
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
