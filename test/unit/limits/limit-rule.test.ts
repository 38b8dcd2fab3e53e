import { expect, test } from "vitest";
import {
  capacityProblem,
  isSameRule,
  MAX_CAPACITY,
  MAX_REFILL_PER_MINUTE,
  refillProblem,
} from "../../../src/limits/limit-rule.ts";

test("a capacity is a whole number from 0 to the maximum", () => {
  for (const right of [0, 1, 200, MAX_CAPACITY]) expect(capacityProblem(right)).toBeUndefined();
  for (const wrong of [-1, 0.5, MAX_CAPACITY + 1, Number.NaN, Infinity, "5", null, undefined]) {
    expect(capacityProblem(wrong)).toBe("must be an integer from 0 (closed) to 100000000");
  }
});

test("a refill has at most three decimals and stays below what overflows", () => {
  for (const right of [0, 0.001, 1.666, 0.1, 4_999.999, 99_999_999.999, MAX_REFILL_PER_MINUTE]) {
    expect(refillProblem(right)).toBeUndefined();
  }
  for (const wrong of [
    -0.001,
    0.0005,
    1 / 3,
    MAX_REFILL_PER_MINUTE + 1,
    Number.NaN,
    Infinity,
    "1",
  ]) {
    expect(refillProblem(wrong)).toBe(
      "must be a number from 0 to 100000000 with at most three decimals",
    );
  }
});

test("rules are the same if both numbers are, and no rule is no rule", () => {
  const rule = { capacity: 5, refillPerMinute: 1 };
  expect(isSameRule(rule, { ...rule })).toBe(true);
  expect(isSameRule(undefined, undefined)).toBe(true);
  expect(isSameRule(rule, undefined)).toBe(false);
  expect(isSameRule(rule, { ...rule, capacity: 6 })).toBe(false);
  expect(isSameRule(rule, { ...rule, refillPerMinute: 2 })).toBe(false);
});
