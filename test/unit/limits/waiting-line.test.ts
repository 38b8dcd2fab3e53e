import { expect, test } from "vitest";
import { UNITS_PER_PERMIT } from "../../../src/limits/token-bucket.ts";
import { MAX_LINE_MS, WaitingLine } from "../../../src/limits/waiting-line.ts";
import { Random } from "../../support/random.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;

test("a place is due at its time, rounded up, and is given up once", () => {
  const line = new WaitingLine();
  const place = line.join(UNITS_PER_PERMIT, NOW + 1_234, NOW) ?? "";
  expect(line.timeOf(place)).toBe(NOW + 2_000);
  expect(line.turnUnits([place], 1, NOW + 1_999) > 0).toBe(false);
  expect(line.turnUnits([place], 1, NOW + 2_000) > 0).toBe(true);
  expect([line.dueBy(NOW + 1_999), line.dueBy(NOW + 2_000)]).toEqual([0, UNITS_PER_PERMIT]);
  expect([line.leave(place), line.leave(place), line.total]).toEqual([true, false, 0]);
});

test("what the sums do not hold is nobody's place", () => {
  const line = new WaitingLine();
  line.join(5, NOW + 1_000, NOW);
  const forged = ["", "-", "a-b", `${NOW + 1_000}-6`, `${NOW}-5`, `${NOW + 1_000}-0`, "1e9-5"];
  for (const place of [...forged, `${NOW + 1_000}-5 `, `-${NOW + 1_000}-5`]) {
    expect([line.timeOf(place), line.turnUnits([place], 1, NOW + HOUR_MS) > 0]).toEqual([
      undefined,
      false,
    ]);
    expect(line.leave(place)).toBe(false);
  }
  expect(line.total).toBe(5);
});

test("a place too far away is not given, nor one that the sums cannot hold exactly", () => {
  const line = new WaitingLine();
  expect(line.join(5, NOW + MAX_LINE_MS, NOW)).not.toBeNull();
  expect(line.join(5, NOW + MAX_LINE_MS + 1, NOW)).toBeNull();
  expect(line.join(0, NOW + 1, NOW)).toBeNull();
  expect(line.join(Number.MAX_SAFE_INTEGER - 5, NOW + 1, NOW)).not.toBeNull();
  expect(line.join(1, NOW + 1, NOW)).toBeNull();
  expect(Number.isSafeInteger(line.total)).toBe(true);
});

test("places that nobody redeems are forgotten after a while, with what they held", () => {
  const line = new WaitingLine();
  line.join(5, NOW + 1_000, NOW);
  line.join(7, NOW + 200_000, NOW);
  expect(line.lapse(NOW + 1_000)).toBe(0);
  expect(line.lapse(NOW + 61_001)).toBe(5);
  expect([line.total, line.lapse(NOW + 300_000), line.total]).toEqual([7, 7, 0]);
});

test("the entries are bounded, however many wait for however long", () => {
  const random = new Random(seedOf("waiting line", process.env["SEED"]));
  const line = new WaitingLine();
  let most = 0;
  for (let nowMs = NOW, step = 0; step < 60_000; step += 1) {
    nowMs += random.integer(0, 400);
    const ahead = random.next() < 0.9 ? random.integer(0, HOUR_MS) : random.integer(0, MAX_LINE_MS);
    line.join(random.integer(1, 1e9), nowMs + ahead, nowMs);
    line.lapse(nowMs);
    if (step % 1_000 === 0) most = Math.max(most, [...line.entries()].length);
  }
  expect(most).toBeGreaterThan(3_000);
  expect(most).toBeLessThanOrEqual(5_300);
});

test("what was saved is the same line again", () => {
  const line = new WaitingLine();
  const places = [1_500, 90_000, 2 * HOUR_MS].map((ms) => line.join(9, NOW + ms, NOW) ?? "");
  const again = new WaitingLine();
  for (const [atMs, units] of line.entries()) again.restore(atMs, units);
  expect(places.map((place) => again.timeOf(place))).toEqual(places.map((one) => line.timeOf(one)));
  expect(again.total).toBe(27);
  again.clear();
  expect([again.total, [...again.entries()]]).toEqual([0, []]);
});
