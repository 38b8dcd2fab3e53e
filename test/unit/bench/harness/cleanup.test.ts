import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { onEnd, Scope } from "../../../../bench/lib/cleanup.ts";

let told: string[];

beforeEach(() => {
  told = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    told.push(String(text));
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

it("undoes the rest when something cannot be undone or never comes to an end, and says so", async () => {
  const undone: string[] = [];
  const scope = new Scope(20);
  scope.run(() => {
    onEnd(() => void undone.push("first"));
    onEnd(() => {
      throw new Error("stuck");
    });
    onEnd(() => new Promise(() => undefined));
    onEnd(async () => void undone.push("last"));
  });
  await scope.end();
  expect(undone).toEqual(["last", "first"]);
  expect(told).toEqual(["not undone: Error: not done after 20 ms\n", "not undone: Error: stuck\n"]);
});

it("waits for an end that is under way, and undoes nothing twice", async () => {
  const undone: string[] = [];
  const scope = new Scope();
  let finish = (): void => undefined;
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  scope.run(() => onEnd(() => slow.then(() => void undone.push("slow"))));
  const ends = [scope.end(), scope.end()];
  finish();
  await Promise.all(ends);
  expect(undone).toEqual(["slow"]);
});

it("keeps what two pieces of work start apart", async () => {
  const undone: string[] = [];
  const one = new Scope();
  const other = new Scope();
  await Promise.all(
    [one, other].map((scope, i) =>
      scope.run(async () => {
        await Promise.resolve();
        onEnd(() => void undone.push(String(i)));
      }),
    ),
  );
  await one.end();
  expect(undone).toEqual(["0"]);
  expect(other.isEnded).toBe(false);
  await other.end();
  expect(undone).toEqual(["0", "1"]);
});
