import { expect, test } from "vitest";
import { messageKey } from "../../../src/dispatcher/message-key.ts";
import { heededWaitMs, retryWaitMs } from "../../../src/dispatcher/retry-wait.ts";
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

test("the receiver is never asked sooner than it said, for up to an hour", () => {
  expect(retryWaitMs(1, 0, 7_000)).toBe(7_000);
  expect(retryWaitMs(1, 0, 0.2)).toBe(500);
  expect(retryWaitMs(1, 0, 499.5)).toBe(500);
  expect(retryWaitMs(5, 0, 7_000)).toBe(8_000);
  expect(retryWaitMs(1, 0, 10 * 86_400_000)).toBe(3_600_000);
  expect(retryWaitMs(1, 0, Infinity)).toBe(3_600_000);
  for (const useless of [-1, Number.NaN]) expect(retryWaitMs(1, 0, useless)).toBe(500);
});

test("a receiver may not ask for more than a message has left, nor be pressed harder than every 15 min", () => {
  expect(heededWaitMs(undefined, 0)).toBeUndefined();
  expect(heededWaitMs(3_600_000, 86_400_000)).toBe(3_600_000);
  expect(heededWaitMs(Infinity, 2_400_000)).toBe(2_340_000);
  expect(heededWaitMs(Infinity, 900_000)).toBe(900_000);
  expect(heededWaitMs(Infinity, -1)).toBe(900_000);
  expect(heededWaitMs(7_000, 0)).toBe(7_000);
});

test("the key of one entry is its id, of several it is made of all", () => {
  const [a, b] = [queueItem("a:firing/ops"), queueItem("b:firing/ops")];
  expect(messageKey("acme", [a])).toBe("a:firing/ops");
  expect(messageKey("acme", [a, b])).toMatch(/^batch-[0-9a-f]{40}$/);
  expect(messageKey("acme", [a, b])).toBe(messageKey("acme", [a, b]));
  expect(messageKey("acme", [a, b])).not.toBe(messageKey("acme", [b, a]));
  expect(messageKey("acme", [queueItem(`${"x".repeat(200)}:firing/ops`)])).toMatch(/^batch-/);
  expect(messageKey("acme", [queueItem("a b:firing/ops")])).toMatch(/^batch-/);
});

test("two tenants that share a receiver have no report's key in common", () => {
  const report = queueItem("report:daily:2026-11-20/mail", { report: true });
  const keys = ["acme", "globex"].map((tenant) => messageKey(tenant, [report]));
  expect(keys).toEqual([
    "acme:report:daily:2026-11-20/mail",
    "globex:report:daily:2026-11-20/mail",
  ]);
});
