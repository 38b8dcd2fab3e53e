import { expect, test, vi } from "vitest";
import { OneAsk } from "../../../dashboard/src/cards/alerts/one-ask.ts";

/** Something that is asked, whose answer the test gives when it likes. */
function asked() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const ask = (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    return promise;
  };
  return { ask, resolve, reject, signals };
}

/** Notes what it is told. */
function waiting() {
  const told: unknown[] = [];
  return {
    told,
    onAnswer: (answer: string) => told.push(answer),
    onFault: (cause: unknown) => told.push(cause),
  };
}

test("an answer is told, and a fault", async () => {
  const one = new OneAsk();
  const [good, bad, waits] = [asked(), asked(), waiting()];
  expect(one.start(good.ask, waits)).toBe(true);
  good.resolve("yes");
  await vi.waitFor(() => expect(waits.told).toEqual(["yes"]));
  expect(one.start(bad.ask, waits)).toBe(true);
  const cause = new Error("no");
  bad.reject(cause);
  await vi.waitFor(() => expect(waits.told).toEqual(["yes", cause]));
});

test("while one is asked, no other is", async () => {
  const one = new OneAsk();
  const [first, second, waits] = [asked(), asked(), waiting()];
  one.start(first.ask, waits);
  expect(one.start(second.ask, waits)).toBe(false);
  expect(second.signals).toEqual([]);
  first.resolve("first");
  await vi.waitFor(() => expect(waits.told).toEqual(["first"]));
});

test("what was dropped is aborted and never told, also when its answer comes after another's", async () => {
  const one = new OneAsk();
  const [day, hour, waits] = [asked(), asked(), waiting()];
  one.start(day.ask, waits);
  one.drop();
  expect(day.signals[0]?.aborted).toBe(true);
  expect(one.start(hour.ask, waits)).toBe(true);
  day.resolve("24 h");
  hour.resolve("1 h");
  await vi.waitFor(() => expect(waits.told).toEqual(["1 h"]));
  await Promise.resolve();
  expect(waits.told).toEqual(["1 h"]);
});

test("an answer to what was dropped does not end what is asked now", async () => {
  const log = vi.spyOn(console, "info").mockImplementation(() => undefined);
  const one = new OneAsk();
  const [day, hour, waits] = [asked(), asked(), waiting()];
  one.start(day.ask, waits);
  one.drop();
  one.start(hour.ask, waits);
  day.reject(new Error("late"));
  await vi.waitFor(() => expect(log).toHaveBeenCalledOnce());
  log.mockRestore();
  expect(one.start(asked().ask, waits)).toBe(false);
  hour.resolve("1 h");
  await vi.waitFor(() => expect(waits.told).toEqual(["1 h"]));
});
