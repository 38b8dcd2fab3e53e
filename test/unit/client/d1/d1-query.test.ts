import { expect, test } from "vitest";

import { d1Query } from "../../../../src/client/d1/d1-query.ts";
import { RecentMap } from "../../../../src/client/d1/recent-map.ts";

test("the text's own name comes before that of nameOf, and that before the fingerprint", () => {
  const told: string[] = [];
  const complain = (complaint: string) => void told.push(complaint);
  const nameOf = () => "by-option";
  expect(d1Query("-- name: by-text\nSELECT 1", nameOf, complain).name).toBe("by-text");
  expect(d1Query("SELECT 1", nameOf, complain)).toEqual({
    name: "by-option",
    normalForm: "SELECT ?",
  });
  expect(d1Query("SELECT 1", () => undefined, complain).name).toMatch(/^select\.[0-9a-f]{8}$/);
  expect(d1Query("SELECT 1", undefined, complain).name).toMatch(/^select\.[0-9a-f]{8}$/);
  expect(told).toEqual([]);
});

test.each(["GetUser", "ação", "a".repeat(65), "*", "-x"])(
  "%j is no operation: the fingerprint stands in, and it is told once for a text",
  (name) => {
    const told: string[] = [];
    const complain = (complaint: string) => void told.push(complaint);
    const sql = `-- name: ${name}\nSELECT * FROM complaints`;
    for (let run = 0; run < 3; run++) {
      expect(d1Query(sql, undefined, complain).name).toMatch(/^select\.complaints\.[0-9a-f]{8}$/);
    }
    const isComment = name !== "*";
    expect(told).toHaveLength(isComment ? 1 : 0);
    for (let run = 0; run < 3; run++) {
      expect(d1Query("SELECT * FROM t", () => `of ${name}`, complain).name).toMatch(/^select\.t\./);
    }
    expect(told).toHaveLength(isComment ? 2 : 1);
    expect(told.join().length).toBeLessThan(500);
  },
);

test("what is no text has a name too", () => {
  for (const sql of [undefined, null, 7, {}, Symbol("x")]) {
    expect(d1Query(sql, undefined, () => {}).name).toMatch(/^sql\.[0-9a-f]{8}$/);
  }
});

test("the map keeps what is used and forgets the rest, within its bounds", () => {
  const map = new RecentMap<number>(10, 1_000);
  let computed = 0;
  const compute = () => ++computed;
  for (let round = 0; round < 100; round++) {
    map.get("hot", compute);
    map.get(`cold ${round}`, compute);
    expect(map.size).toBeLessThanOrEqual(20);
  }
  expect(computed, "hot is computed once, each of the others once").toBe(101);
  map.get("cold 1", compute);
  expect(computed, "cold 1 was forgotten").toBe(102);
});

test("the map is bounded in characters, and keeps no key that is longer than the bound", () => {
  const map = new RecentMap<number>(1_000, 100);
  let computed = 0;
  const compute = () => ++computed;
  for (let round = 0; round < 50; round++) map.get(`${round}`.padEnd(30, "x"), compute);
  expect(map.size).toBeLessThanOrEqual(6);
  map.get("y".repeat(101), compute);
  map.get("y".repeat(101), compute);
  expect(computed).toBe(52);
});
