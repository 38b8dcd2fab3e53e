import { expect, test } from "vitest";
import { messageKey } from "../../../src/dispatcher/message-key.ts";
import { retryWaitMs } from "../../../src/dispatcher/retry-wait.ts";
import { queueItem } from "../../support/dispatcher-items.ts";

test("the wait is between half and the whole of what doubles from 1 s to 15 min", () => {
  const bounds = (failures: number): number[] => [
    retryWaitMs(failures, 0),
    retryWaitMs(failures, 1),
  ];
  expect([1, 2, 5, 10, 11, 50, 5_000].map(bounds)).toEqual([
    [500, 1_000],
    [1_000, 2_000],
    [8_000, 16_000],
    [256_000, 512_000],
    [450_000, 900_000],
    [450_000, 900_000],
    [450_000, 900_000],
  ]);
});

test("the receiver is never asked sooner than it said, for up to a day", () => {
  expect(retryWaitMs(1, 0, 7_000)).toBe(7_000);
  expect(retryWaitMs(1, 0, 0.2)).toBe(500);
  expect(retryWaitMs(1, 0, 499.5)).toBe(500);
  expect(retryWaitMs(5, 0, 7_000)).toBe(8_000);
  expect(retryWaitMs(1, 0, 10 * 86_400_000)).toBe(86_400_000);
  expect(retryWaitMs(1, 0, Infinity)).toBe(86_400_000);
  for (const useless of [-1, Number.NaN]) expect(retryWaitMs(1, 0, useless)).toBe(500);
});

test("the key of one entry is its id, of several it is made of all", () => {
  const [a, b] = [queueItem("a:firing/ops"), queueItem("b:firing/ops")];
  expect(messageKey([a])).toBe("a:firing/ops");
  expect(messageKey([a, b])).toMatch(/^batch-[0-9a-f]{40}$/);
  expect(messageKey([a, b])).toBe(messageKey([a, b]));
  expect(messageKey([a, b])).not.toBe(messageKey([b, a]));
  expect(messageKey([queueItem(`${"x".repeat(200)}:firing/ops`)])).toMatch(/^batch-/);
  expect(messageKey([queueItem("a b:firing/ops")])).toMatch(/^batch-/);
});
