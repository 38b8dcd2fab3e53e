import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeEnvelope, encodeEnvelope } from "../../../../src/client/cache/envelope.ts";
import { kvKeyOf } from "../../../../src/client/cache/kv-key.ts";
import { weigh } from "../../../../src/client/cache/weigh.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("stored form", process.env["SEED"]);

describe("weigh", () => {
  test("what it says JSON carries comes back the same, and what it denies does not", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    let carried = 0;
    fc.assert(
      fc.property(anything, (value) => {
        if (!weigh(value).isJson) {
          // A BigInt throws; everything else is changed on the way.
          let after: unknown;
          try {
            after = JSON.parse(JSON.stringify(value) ?? "undefined");
          } catch {
            return;
          }
          expect(after).not.toStrictEqual(value);
          return;
        }
        carried += 1;
        expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value);
      }),
      { seed, numRuns: 2_000 },
    );
    expect(carried).toBeGreaterThan(100);
  });

  class Money {
    readonly cents = 1;
  }
  const named = Object.assign([1], { name: "x" });
  const depth = JSON.parse(`${"[".repeat(300)}${"]".repeat(300)}`);
  test.each<[string, unknown]>([
    ["an object of a class", new Money()],
    ["a list with a name", named],
    ["a symbol as a key", { [Symbol("s")]: 1 }],
    ["a function", { call: () => 1 }],
    ["a method toJSON", { toJSON: () => 1 }],
    ["minus zero", [-0]],
    ["an error", new Error("e")],
    ["a promise", Promise.resolve(1)],
    ["300 levels", depth],
  ])("JSON does not carry %s", (_, value) => {
    expect(weigh(value).isJson).toBe(false);
  });

  test("it grows with what there is, and what cannot be walked through is endless", () => {
    expect(weigh("x".repeat(1_000)).sizeBytes).toBeGreaterThanOrEqual(2_000);
    expect(weigh(new Uint8Array(5_000)).sizeBytes).toBeGreaterThanOrEqual(5_000);
    expect(weigh(new Map([["k", "x".repeat(1_000)]])).sizeBytes).toBeGreaterThanOrEqual(2_000);
    const rows = Array.from({ length: 1_000 }, (__, id) => ({ id, name: `row ${id}` }));
    const textBytes = JSON.stringify(rows).length;
    expect(weigh(rows).sizeBytes).toBeGreaterThan(textBytes);
    expect(weigh(rows).sizeBytes).toBeLessThan(10 * textBytes);
    const wide = Array.from({ length: 300_000 }, () => 1);
    expect(weigh(wide)).toEqual({ sizeBytes: Number.POSITIVE_INFINITY, isJson: false });
    // Each level holds the next one twice: 2^60 parts.
    let doubled: unknown = 1;
    for (let level = 0; level < 60; level += 1) doubled = [doubled, doubled];
    expect(weigh(doubled).sizeBytes).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("an envelope", () => {
  test("comes out as it went in, whatever its key and value", () => {
    const envelope = fc.record({
      key: fc.string({ unit: "binary", maxLength: 40 }),
      tags: fc.array(fc.string(), { maxLength: 16 }),
      version: fc.maxSafeNat(),
      storedAt: fc.nat(),
      freshUntil: fc.nat(),
      value: fc.option(fc.jsonValue(), { nil: undefined }).filter((value) => {
        return value === undefined || weigh(value).isJson;
      }),
    });
    fc.assert(
      fc.property(envelope, (one) => {
        const { value, ...rest } = decodeEnvelope(encodeEnvelope(one), one.key);
        expect(value).toStrictEqual(one.value);
        expect(rest).toMatchObject({ ...rest, key: one.key, tags: one.tags, version: one.version });
      }),
      { seed },
    );
  });

  test("a value's own __proto__ stays a field", () => {
    const value: unknown = JSON.parse('{"__proto__": {"isAdmin": true}}');
    const one = { key: "k", tags: [], version: 0, storedAt: 0, freshUntil: 0, value };
    const out = decodeEnvelope(encodeEnvelope(one), "k").value;
    expect(JSON.stringify(out)).toBe(JSON.stringify(value));
    expect(out).not.toHaveProperty("isAdmin");
  });
});

describe("a key in KV", () => {
  test("is legible, where the key is", async () => {
    expect(await kvKeyOf("cache", "lookups:user-7")).toBe("cache:lookups:user-7");
    expect(await kvKeyOf("cache", "lookups:a:b/c?d=e")).toBe("cache:lookups:a:b/c?d=e");
  });

  test("never is that of another, and is one that KV takes", async () => {
    const odd = fc.constantFrom("\ud800", "\udfff", "\ufffd", "é", "e\u0301", "\0", "\n", " ", "#");
    const unit = fc.oneof(odd, fc.constantFrom("a", ":"));
    const key = fc.oneof(
      fc.string({ unit, minLength: 1, maxLength: 6 }),
      fc.string({ minLength: 480, maxLength: 504 }),
    );
    const keys = fc.uniqueArray(key, { minLength: 2, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(keys, async (all) => {
        const stored = await Promise.all(all.map((one) => kvKeyOf("cache", `lookups:${one}`)));
        expect(new Set(stored).size).toBe(all.length);
        for (const one of stored) {
          expect(one).toMatch(/^cache:lookups:[\x21-\x7e]+$/);
          expect(one.length).toBeLessThanOrEqual(512);
        }
      }),
      { seed },
    );
  });

  test("one that looks like a hash is not mistaken for it", async () => {
    const hashed = await kvKeyOf("cache", "lookups:é");
    const alike = hashed.slice("cache:".length);
    expect(await kvKeyOf("cache", alike)).not.toBe(hashed);
  });
});
