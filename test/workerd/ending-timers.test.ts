import { expect, test } from "vitest";
import { endingTimers } from "./ending-timers.ts";

test("a timer that is left over is ended, and those before and after it are not", async () => {
  const bare = globalThis.setTimeout;
  const fired: string[] = [];
  const before = new Promise((resolve) => setTimeout(resolve, 1));
  const end = endingTimers();
  expect(globalThis.setTimeout).not.toBe(bare);
  await new Promise((resolve) => setTimeout(resolve, 1));
  setTimeout(() => fired.push("left over"), 1);
  end();
  expect(globalThis.setTimeout).toBe(bare);
  await before;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(fired).toEqual([]);
});
