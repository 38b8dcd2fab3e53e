import { afterAll, beforeAll, expect, it, onTestFailed } from "vitest";
import { Api, seriesByName, TOKENS } from "./api.ts";
import { comparable, expectSameBuckets, References } from "./reference.ts";
import { EventStream, StreamClient } from "./stream-client.ts";
import { System } from "./system.ts";

/* Two tenants that use the same names for everything share nothing. */

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system?.dispose());

/** Reports `durationsMs` of meta/events, under the same reporter and sequence for every tenant. */
async function report(api: Api, durationsMs: readonly number[]): Promise<References> {
  const references = new References();
  const timings = durationsMs.map((durationMs) => {
    references.record({
      target: "meta",
      operation: "events",
      outcome: "ok",
      durationUs: durationMs * 1000,
    });
    return { target: "meta", operation: "events", durationMs };
  });
  const body = { reporter: "edge", sequence: 1, timings };
  // Were watermarks shared, the second tenant's report would be a duplicate.
  expect(await api.postTimings(body)).toMatchObject({
    accepted: durationsMs.length,
    duplicate: false,
  });
  return references;
}

async function expectOnly(api: Api, tenant: string, references: References): Promise<void> {
  const { total } = references;
  const live = await api.merged(total);
  expect(live.tenant).toBe(tenant);
  expect(live.ledger).toMatchObject({
    offered: total,
    accepted: total,
    merged: total,
    pending: 0,
    duplicates: 0,
    rejected: {},
    isBalanced: true,
  });
  const shown = seriesByName(live);
  expect([...shown.keys()]).toEqual(["meta/*", "meta/events"]);
  for (const [name, reference] of references.bySeries) {
    const stats = reference.stats();
    expect(comparable(shown.get(name)?.windows["1m"] ?? stats, stats)).toEqual(stats);
    const point = await api.wholeHistory("meta", name.slice("meta/".length), 0);
    expect(comparable(point, stats)).toEqual(stats);
    expectSameBuckets(point.histogram, reference, name);
  }
  const { text } = await api.call("/v1/export.hlog?target=meta");
  const rows = text.split("\n").filter((line) => line.startsWith("Tag="));
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every((row) => row.startsWith("Tag=meta/events,"))).toBe(true);
  // The longest of a row, in milliseconds: durations of the two tenants lie far apart.
  const longest = Math.max(...rows.map((row) => Number(row.split(",")[3])));
  expect(longest).toBe(references.bySeries.get("meta/events")?.stats().maxMs);
}

it("two tenants with the same names share nothing", async () => {
  onTestFailed(() => console.error(system.tail()));
  const mine = new Api(system.url, TOKENS.admin);
  const theirs = new Api(system.url, TOKENS.other);
  const theirStream = new StreamClient(system.url, TOKENS.other);
  const theirEvents = await EventStream.open(system.url, TOKENS.other);
  const myStream = new StreamClient(system.url, TOKENS.read);
  await Promise.all([theirStream, myStream].map((stream) => stream.untilFrames(2)));

  const mineSent = await report(mine, [1, 2, 3, 4, 5]);
  await expectOnly(mine, "default", mineSent);
  // What is of the first tenant has gone round by now: the second has seen none of it.
  expect(await theirs.settled()).toMatchObject({ series: [], ledger: { offered: 0, merged: 0 } });
  const theirHistory = `/v1/history?target=meta&operation=*&from=0&to=${Date.now()}&step=all`;
  expect(await theirs.get(theirHistory)).toMatchObject({ points: [{ count: 0, p50Ms: null }] });
  expect((await theirs.call("/v1/export.hlog")).text).not.toContain("Tag=");
  for (const { body } of [...theirStream.frames, ...theirEvents.frames]) {
    expect(body.series ?? []).toEqual([]);
    expect(body.tenant ?? "other").toBe("other");
  }

  const theirsSent = await report(theirs, [1000, 2000, 3000]);
  await expectOnly(theirs, "other", theirsSent);
  await expectOnly(mine, "default", mineSent);
  await theirStream.until(() => theirStream.frames.some(({ body }) => body.series?.length === 2));
  for (const { body } of myStream.frames) {
    expect(body.tenant ?? "default").toBe("default");
    for (const { windows } of body.series ?? []) expect(windows["1h"].count).toBeLessThanOrEqual(5);
  }
  expect(myStream.frames[0]?.body.epoch).not.toBe(theirStream.frames[0]?.body.epoch);
  for (const stream of [myStream, theirStream, theirEvents]) stream.close();
});
