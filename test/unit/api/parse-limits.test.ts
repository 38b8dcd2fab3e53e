import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFeedback } from "../../../src/api/parse-feedback.ts";
import { parseLease } from "../../../src/api/parse-lease.ts";
import { parseLimitRule } from "../../../src/api/parse-limit-rule.ts";
import { parseTake } from "../../../src/api/parse-take.ts";
import { Problem } from "../../../src/api/problem.ts";

const NOW = Date.UTC(2026, 10, 21, 4, 30, 0);

function faults(parsed: object): string[] {
  if (!(parsed instanceof Problem)) throw new Error(`${JSON.stringify(parsed)} is no problem`);
  expect(parsed.status).toBe(400);
  return parsed.errors.map(({ pointer }) => pointer);
}

const lease = (body: Readonly<Record<string, unknown>>) =>
  parseLease(body, (holder) => `${holder}.new`);

describe("parseTake", () => {
  it("takes one permit by default, without a place", () => {
    expect(parseTake({})).toEqual({ permits: 1, line: undefined, places: [] });
  });

  it("reads everything, and ignores what it does not know", () => {
    const body = { permits: 10_000_000, wait: { sharedBy: 3 }, place: "a", places: ["b"], x: 1 };
    const expected = { permits: 10_000_000, line: { sharedBy: 3 }, places: ["a", "b"] };
    expect(parseTake(body)).toEqual(expected);
    expect(parseTake({ wait: true })).toMatchObject({ line: { sharedBy: 1 } });
    expect(parseTake({ wait: false })).toMatchObject({ line: undefined });
  });

  it.each([
    [{ permits: Infinity }, "/permits"],
    [{ permits: 10_000_001 }, "/permits"],
    [{ wait: 1 }, "/wait"],
    [{ wait: null }, "/wait"],
    [{ wait: {} }, "/wait"],
    [{ wait: { sharedBy: 1.5 } }, "/wait"],
    [{ place: "x".repeat(41) }, "/place"],
    [{ place: null }, "/place"],
    [{ places: "a" }, "/places"],
    [{ places: Array.from({ length: 1_001 }, () => "a") }, "/places"],
  ])("%j is refused", (body, pointer) => {
    expect(faults(parseTake(body))).toEqual([pointer]);
  });
});

describe("parseLease", () => {
  it("reads a lease, and a settlement", () => {
    expect(lease({ holder: "edge-1", permits: 5 })).toEqual({
      holder: "edge-1",
      permits: 5,
      spent: undefined,
      leaseId: undefined,
      newLeaseId: "edge-1.new",
    });
    expect(lease({ holder: "edge-1", permits: 0, spent: 0, leaseId: "a" })).toMatchObject({
      permits: 0,
      spent: 0,
      leaseId: "a",
    });
  });

  it("tells what permits of 0 are for", () => {
    const problem = lease({ holder: "edge-1", permits: 0 });
    expect(faults(problem)).toEqual(["/permits"]);
    expect(problem).toMatchObject({ errors: [{ reason: expect.stringContaining("spent") }] });
  });

  it("a leaseId is short, and its bytes are, too", () => {
    for (const leaseId of ["x".repeat(97), "é.1", "Edge.1", "a b"]) {
      const body = { holder: "edge-1", permits: 1, spent: 1, leaseId };
      expect(faults(lease(body))).toEqual(["/leaseId"]);
    }
  });
});

describe("parseFeedback", () => {
  it("429 is a refusal unless it says otherwise", () => {
    expect(parseFeedback({ status: 429 }, "meta", NOW)).toMatchObject({
      status: 429,
      isLimited: true,
    });
    expect(parseFeedback({ status: 400, code: 17 }, "meta", NOW)).toMatchObject({
      isLimited: true,
    });
    expect(parseFeedback({ status: 400, code: 17 }, "other", NOW)).toMatchObject({
      isLimited: false,
    });
    expect(parseFeedback({ status: 200 }, "meta", NOW)).toMatchObject({ isLimited: false });
    expect(parseFeedback({ status: 429, isLimited: false }, "meta", NOW)).toMatchObject({
      isLimited: false,
    });
    expect(parseFeedback({ status: 400, isLimited: true, code: 4 }, "meta", NOW)).toMatchObject({
      isLimited: true,
      code: 4,
    });
  });

  it("reads the wait in milliseconds, in seconds, or as a date", () => {
    const waitMs = (body: object) => {
      const signal = parseFeedback({ status: 429, ...body }, "meta", NOW);
      if (signal instanceof Problem) throw signal;
      return signal.retryAfterMs;
    };
    expect(waitMs({ retryAfterMs: 0 })).toBe(0);
    expect(waitMs({ retryAfterMs: 30_000.5 })).toBe(30_000.5);
    expect(waitMs({ retryAfter: "30" })).toBe(30_000);
    expect(waitMs({ retryAfter: "1.5" })).toBe(1_500);
    expect(waitMs({ retryAfter: "999999999999999" })).toBe(1e12);
    expect(waitMs({ retryAfter: "Sat, 21 Nov 2026 04:31:00 GMT" })).toBe(60_000);
    expect(waitMs({ retryAfter: "Sat, 21 Nov 2026 04:29:00 GMT" })).toBeUndefined();
    expect(waitMs({})).toBeUndefined();
  });

  it.each([
    [{ status: 429, retryAfterMs: Infinity }, "/retryAfterMs"],
    [{ status: 429, retryAfterMs: null }, "/retryAfterMs"],
    [{ status: 429, retryAfterMs: 1.1e12 }, "/retryAfterMs"],
    [{ status: 429, retryAfter: "x".repeat(101) }, "/retryAfter"],
    [{ status: 200, usedPercent: 1_000_001 }, "/usedPercent"],
    [{ status: 200, code: "4" }, "/code"],
    [{ status: 200, code: 1e12 + 1 }, "/code"],
    [{ status: 200, code: 1.5 }, "/code"],
    [{ status: 200, isLimited: null }, "/isLimited"],
  ])("%j is refused", (body, pointer) => {
    expect(faults(parseFeedback(body, "meta", NOW))).toEqual([pointer]);
  });
});

describe("parseLimitRule", () => {
  it("reads a limit, also one that is closed or fills slowly", () => {
    const rules = [
      { capacity: 0, refillPerMinute: 0 },
      { capacity: 100_000_000, refillPerMinute: 100_000_000 },
      { capacity: 100, refillPerMinute: 1.666 },
    ];
    for (const rule of rules) expect(parseLimitRule({ ...rule, note: "" })).toEqual(rule);
  });

  it("names both faults at once", () => {
    expect(faults(parseLimitRule({}))).toEqual(["/capacity", "/refillPerMinute"]);
  });
});

describe("any JSON object", () => {
  const values = fc.oneof(fc.jsonValue(), fc.double(), fc.integer({ min: -2, max: 600 }));
  const names = ["permits", "wait", "place", "places", "holder", "spent", "leaseId", "status"];
  names.push("retryAfter", "retryAfterMs", "usedPercent", "code", "capacity", "refillPerMinute");
  const bodies = fc.dictionary(fc.constantFrom(...names), values);

  it("is read as something that a bucket can do, or refused with a pointer", () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const results = [
          parseTake(body),
          lease(body),
          parseFeedback(body, "meta", NOW),
          parseLimitRule(body),
        ];
        for (const result of results) {
          if (result instanceof Problem) {
            expect(faults(result)).not.toEqual([]);
            continue;
          }
          for (const value of Object.values(result)) {
            expect(typeof value === "number" && !Number.isFinite(value)).toBe(false);
          }
          if ("permits" in result) expect(Number.isInteger(result.permits)).toBe(true);
        }
      }),
    );
  });
});
