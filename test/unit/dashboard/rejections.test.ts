import { expect, test } from "vitest";
import { rejections } from "../../../dashboard/src/cards/health/rejections.ts";

test("what was rejected is told by its reason, the most first", () => {
  const rejected = { too_old: 2, bad_time: 0, bad_target: 7, bad_outcome: 2 };
  expect(rejections({ rejected })).toEqual({
    total: 11,
    byReason: [
      ["bad_target", 7],
      ["bad_outcome", 2],
      ["too_old", 2],
    ],
  });
  expect(rejections({ rejected: {} })).toEqual({ total: 0, byReason: [] });
});
