import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFailed } from "vitest";
import { Api, type Live, seriesByName } from "./api.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { integerFrom } from "./random.ts";
import { comparable, expectSameBuckets, References } from "./reference.ts";
import { Reporter } from "./reporter.ts";
import { System } from "./system.ts";

/*
 * Promise 1: nothing acknowledged is lost, nothing is counted twice, whenever the processes die.
 * TACHOGRAPH_SEED repeats the data and the pauses of a run; the moments are the machine's.
 */

const SEED = Number(process.env["TACHOGRAPH_SEED"] ?? Date.now() % 1_000_000);
const MIN_KILLS = 10;
const MIN_SENDING_MS = 20_000;
const CHECKPOINT_TIMEOUT_MS = 8_000;
const DRAIN_TIMEOUT_MS = 15_000;
const MINUTE_MS = 60_000;
/** How long a kill and a restart take at least; how long they do is measured. */
const RESTART_MS = 3_000;

let system: System;
let api: Api;

beforeAll(async () => {
  system = await System.start();
  api = new Api(system.url);
});
afterAll(() => system?.dispose());

function newReporters(): Reporter[] {
  const kinds = ["timings", "timings", "timings", "timings", "histograms", "histograms"] as const;
  return kinds.map((kind, index) => {
    const name = `edge-${index}`;
    return new Reporter({ url: system.url, name, kind, seed: SEED * 31 + index });
  });
}

/**
 * Polls `/v1/live`, so that the coordinator ticks as fast as it can, and checks what holds at any
 * moment: the books balance, and no more is counted than was sent.
 */
async function watch(isOpen: () => boolean, sent: () => number): Promise<number> {
  let seen = 0;
  while (isOpen()) {
    const live = await api.live().catch(() => undefined);
    if (live !== undefined) {
      seen += 1;
      expect(live.ledger).toMatchObject({ isBalanced: true, rejected: {} });
      expect(live.ledger.merged).toBeLessThanOrEqual(sent());
    }
    await sleep(150);
  }
  return seen;
}

/**
 * Kills and restarts until that has happened often enough, and once right after a checkpoint, which
 * comes when a minute has ended: then shards let go of what the coordinator has stored.
 */
async function killAndRestart(random: () => number): Promise<{ kills: number; sendingMs: number }> {
  let kills = 0;
  let sendingMs = 0;
  let hasMetCheckpoint = false;
  let restartMs = RESTART_MS;
  while (kills < MIN_KILLS || sendingMs < MIN_SENDING_MS || !hasMetCheckpoint) {
    const upSince = Date.now();
    const minuteEnd = upSince - (upSince % MINUTE_MS) + MINUTE_MS;
    const uptimeMs = integerFrom(random, 600, 3_400);
    // A minute must not end while the system is down: how long that is depends on the machine.
    if (minuteEnd < upSince + uptimeMs + 2 * restartMs) {
      await checkpointAfter(minuteEnd);
      await sleep(integerFrom(random, 0, 900));
      hasMetCheckpoint = true;
    } else {
      await sleep(uptimeMs);
    }
    const downSince = Date.now();
    await system.kill();
    sendingMs += downSince - upSince;
    kills += 1;
    await system.boot();
    restartMs = Math.max(restartMs, Date.now() - downSince);
  }
  return { kills, sendingMs };
}

/** Resolves as soon as the coordinator has stored what the minute before `minuteEnd` brought. */
async function checkpointAfter(minuteEnd: number): Promise<void> {
  await sleep(minuteEnd - Date.now());
  for (const deadline = Date.now() + CHECKPOINT_TIMEOUT_MS; ;) {
    if (((await api.deepHealth()).coordinator.detail.checkpointAt ?? 0) >= minuteEnd) return;
    if (Date.now() > deadline) throw new Error("a minute has ended, and there is no checkpoint");
    await sleep(10);
  }
}

function referencesOf(reporters: readonly Reporter[]): References {
  const references = new References();
  for (const { acknowledged } of reporters) {
    for (const timing of acknowledged) references.record(timing);
  }
  return references;
}

async function expectExactly(references: References, live: Live, from: number): Promise<void> {
  const { total, bySeries } = references;
  expect(live.ledger).toMatchObject({
    accepted: total,
    merged: total,
    pending: 0,
    rejected: {},
    isBalanced: true,
    offered: total + live.ledger.duplicates,
  });
  const shown = seriesByName(live);
  expect([...shown.keys()].toSorted()).toEqual([...bySeries.keys()].toSorted());
  for (const [name, reference] of bySeries) {
    const stats = reference.stats();
    const windows = shown.get(name)?.windows;
    if (windows === undefined) throw new Error(`${name} is not shown`);
    expect(comparable(windows["5m"], stats), `5m of ${name}`).toEqual(stats);
    expect(comparable(windows["1h"], stats), `1h of ${name}`).toEqual(stats);
    const [target = "", operation = ""] = name.split("/");
    const point = await api.wholeHistory(target, operation, from);
    expect(comparable(point, stats), `history of ${name}`).toEqual(stats);
    expectSameBuckets(point.histogram, reference, name);
  }
}

it("loses nothing acknowledged and counts nothing twice through ten kill -9", async () => {
  onTestFailed(() => console.error(`TACHOGRAPH_SEED=${SEED}; it printed:\n${system.tail()}`));
  const from = Date.now() - MINUTE_MS;
  const reporters = newReporters();
  const abort = new AbortController();
  let isOpen = true;
  const sent = (): number => reporters.reduce((sum, reporter) => sum + reporter.sent, 0);
  const sending = reporters.map((reporter) => reporter.run(() => isOpen, abort.signal));
  const watching = watch(() => isOpen, sent);
  const all = Promise.all([...sending, watching]);
  try {
    const crashes = killAndRestart(seededRandom(SEED));
    const { kills, sendingMs } = await Promise.race([crashes, all.then(() => crashes)]);
    isOpen = false;
    setTimeout(
      () => abort.abort(new Error("the reporters are not done")),
      DRAIN_TIMEOUT_MS,
    ).unref();
    await all;
    const references = referencesOf(reporters);
    const retries = reporters.reduce((sum, reporter) => sum + reporter.retries, 0);
    const repeats = reporters.reduce((sum, reporter) => sum + reporter.repeats, 0);
    console.log(
      `crash: seed ${SEED}, ${kills} kills in ${sendingMs} ms of sending, ` +
        `${references.total} timings acknowledged, ${retries} retries, ${repeats} counted before`,
    );
    // Else nothing was put to the test.
    expect(retries).toBeGreaterThan(kills);
    expect(repeats).toBeGreaterThan(0);
    await expectExactly(references, await api.merged(references.total), from);
    expect((await api.call("/health/deep")).status).toBe(200);
  } finally {
    isOpen = false;
    abort.abort(new Error("the test has ended"));
    await Promise.allSettled([all]);
  }
}, 170_000);
