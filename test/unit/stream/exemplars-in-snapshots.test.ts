import { expect, test } from "vitest";
import type { OperationExemplar } from "../../../src/exemplar.ts";
import { EXEMPLAR_LIFE_MS } from "../../../src/merge/exemplar-board.ts";
import type { MadeSnapshot } from "../../../src/stream/live-snapshot.ts";
import { PillarWorld } from "../../support/pillar-world.ts";

const START = 1_795_190_000_000;

function exemplar(durationMs: number, at: number, operation = "events"): OperationExemplar {
  return { operation, durationUs: durationMs * 1_000, at, traceId: `trace-${durationMs}` };
}

function shownOf({ snapshot }: MadeSnapshot, operation: string): readonly number[] | undefined {
  const view = snapshot.series.find((one) => one.target === "meta" && one.operation === operation);
  return view?.exemplars?.map(({ durationMs }) => durationMs);
}

function namesOf(views: MadeSnapshot["changed"]): string[] {
  return views.map(({ target, operation }) => `${target}/${operation}`);
}

/** Two targets that had a timing a quarter of an hour ago, and nothing that changes since. */
function quietWorld(): PillarWorld {
  const world = new PillarWorld(START);
  world.add({ target: "meta", operation: "events" }, { target: "google", operation: "events" });
  world.pass(900_000);
  world.make();
  return world;
}

test("a series shows its slowest five, the whole target those of all its operations", () => {
  const world = new PillarWorld(START);
  world.add({ target: "meta", operation: "a" }, { target: "meta", operation: "b" });
  const slow = [0.5, 4, 40, 180, 700, 3_000].map((ms) => exemplar(ms, START, "a"));
  world.exemplify("meta", ...slow, { ...exemplar(20_000, START - 5, "b"), spanId: "span" });
  const made = world.make();
  expect(shownOf(made, "a")).toEqual([3_000, 700, 180, 40, 4]);
  expect(shownOf(made, "*")).toEqual([20_000, 3_000, 700, 180, 40]);
  expect(made.snapshot.series.find(({ operation }) => operation === "b")?.exemplars).toEqual([
    { traceId: "trace-20000", spanId: "span", durationMs: 20_000, at: START - 5 },
  ]);
});

test("a series without any has no such field, and says nothing more than before", () => {
  const world = new PillarWorld(START);
  world.add({ target: "meta" });
  for (const view of world.make().snapshot.series) expect(view).not.toHaveProperty("exemplars");
});

test("what is new makes its series count as changed, and no other", () => {
  const world = quietWorld();
  expect(world.make().changed).toEqual([]);
  world.exemplify("meta", exemplar(40, world.nowMs));
  expect(namesOf(world.make().changed)).toEqual(["meta/*", "meta/events"]);
  expect(world.make().changed).toEqual([]);
});

test("what does not come among the slowest five changes nothing", () => {
  const world = quietWorld();
  const slow = [40, 180, 700, 3_000, 20_000].map((ms) => exemplar(ms, world.nowMs));
  world.exemplify("meta", ...slow);
  const before = world.make();
  world.exemplify("meta", exemplar(2, world.nowMs));
  const after = world.make();
  expect(after.changed).toEqual([]);
  expect(after.snapshot.series).toEqual(before.snapshot.series);
});

test("when the last has had its time the field goes, and the series counts as changed", () => {
  const world = quietWorld();
  world.exemplify("meta", exemplar(40, world.nowMs));
  world.pass(EXEMPLAR_LIFE_MS);
  expect(shownOf(world.make(), "events")).toEqual([40]);
  world.pass(1);
  const made = world.make();
  expect(namesOf(made.changed)).toEqual(["meta/*", "meta/events"]);
  for (const view of made.changed) expect(view).not.toHaveProperty("exemplars");
});

test("a new throughput or a new timing leaves the exemplars where they are", () => {
  const world = quietWorld();
  world.exemplify("meta", exemplar(40, world.nowMs));
  world.make();
  world.add({ target: "meta", operation: "events" });
  expect(shownOf(world.make(), "events")).toEqual([40]);
});

test("after a restart there are none", () => {
  const world = quietWorld();
  world.exemplify("meta", exemplar(40, world.nowMs));
  world.checkpoint();
  world.restart();
  for (const view of world.make().snapshot.series) expect(view).not.toHaveProperty("exemplars");
});
