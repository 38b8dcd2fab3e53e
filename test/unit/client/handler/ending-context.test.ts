import { expect, test } from "vitest";
import { EndingContext } from "../../../../src/client/handler/ending-context.ts";
import { harness } from "../harness.ts";

async function isSettled(promise: Promise<unknown> | undefined): Promise<boolean> {
  const later = new Promise((resolve) => setTimeout(resolve, 0, "pending"));
  return (await Promise.race([promise, later])) !== "pending";
}

test("what the client holds is let go once all is sent, and what comes later is held as ever", async () => {
  const kept: Promise<unknown>[] = [];
  const ending = new EndingContext({ waitUntil: (promise) => void kept.push(promise) });
  const never = new Promise<void>(() => undefined);
  ending.waitUntil(never);
  expect(await isSettled(kept[0])).toBe(false);
  ending.flush(harness().request());
  await kept[1];
  expect(await isSettled(kept[0])).toBe(true);
  ending.waitUntil(never);
  expect(kept[2]).toBe(never);
});

test("a context that fails is counted, and nothing is thrown", () => {
  const tacho = harness().request();
  const fails = (): never => {
    throw new Error("too late");
  };
  new EndingContext({ waitUntil: fails }).flush(tacho);
  expect(tacho.stats()).toMatchObject({ failures: 1, lastFailure: "ctx.waitUntil: too late" });
});
