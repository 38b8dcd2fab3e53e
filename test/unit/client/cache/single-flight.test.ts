import { expect, test } from "vitest";
import { LOST, SILENCE_MS, SingleFlight } from "../../../../src/client/cache/single-flight.ts";
import { VirtualTime } from "../virtual-time.ts";

test("who waits sees the result soon after it is there, and a death within a second", async () => {
  const time = new VirtualTime();
  const flights = new SingleFlight<string, string>(time.timer);
  const { promise, resolve } = Promise.withResolvers<string>();
  const [leader, follower] = [{}, {}];
  const end = time.now + 60_000;
  void flights.lead("k", leader, "about", time.now, end, () => promise);
  const flight = flights.underWay("k", time.now);
  if (flight === undefined) throw new Error("it is not under way");
  const seen: unknown[] = [];
  void flights.follow(flight, follower).then((result) => seen.push(result));
  expect(flights.follow(flight, follower)).toBe(flights.follow(flight, follower));
  await time.advance(20_000);
  expect(seen).toEqual([]);
  resolve("done");
  await time.advance(50);
  expect(seen).toEqual(["done"]);
  expect([flights.size, time.delays]).toEqual([0, []]);

  void flights.lead("k", leader, "about", time.now, end, () => new Promise(() => {}));
  const dying = flights.underWay("k", time.now);
  if (dying === undefined) throw new Error("it is not under way");
  await time.advance(10);
  time.kill(() => true);
  void flights.follow(dying, {}).then((result) => seen.push(result));
  await time.advance(SILENCE_MS - 1);
  expect(seen).toHaveLength(1);
  await time.advance(60);
  expect(seen).toEqual(["done", LOST]);
  flights.drop("k", dying);
  expect(flights.size).toBe(0);
});

test("a new flight takes the place of an old one, which ends without harm to it", async () => {
  const time = new VirtualTime();
  const flights = new SingleFlight<string, string>(time.timer);
  const { promise, resolve } = Promise.withResolvers<string>();
  const end = time.now + 1_000;
  const old = flights.lead("k", {}, "old", time.now, end, () => promise);
  void flights.lead("k", {}, "new", time.now, end, () => new Promise(() => {}));
  resolve("done");
  expect(await old).toBe("done");
  expect(flights.underWay("k", time.now)?.about).toBe("new");
  expect(flights.underWay("k", end)).toBeUndefined();
});

test("flights that died are swept up, however many keys there were", () => {
  const time = new VirtualTime();
  const flights = new SingleFlight<string, string>(time.timer);
  let most = 0;
  for (let key = 0; key < 20_000; key += 1) {
    const now = time.now + key;
    void flights.lead(`${key}`, {}, "", now, now + 100, () => new Promise(() => {}));
    time.kill(() => true);
    most = Math.max(most, flights.size);
  }
  expect(most).toBeLessThanOrEqual(1_000);
});
