import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import { COMPARISON_TOKEN, type ComparisonSystem } from "../lib/comparison-system.ts";
import { countInInfluxdb, countInVictoriaMetrics } from "../peers/count-points.ts";
import type { Peer } from "../peers/peer.ts";
import { bytesIn } from "./bytes-in.ts";
import { rowsOf } from "./measure-rates.ts";
import type { MeasuredSystem } from "./systems.ts";

/** What a system keeps of so many timings. */
export interface Stored {
  readonly timings: number;
  readonly bytes: number;
  /** Rows written. NaN of a server that has none. */
  readonly rows: number;
  /** What makes up the bytes, where that is told. */
  readonly parts: Readonly<Record<string, number>>;
}

const SIZE = 1_000;
/** Timings lie in the minutes before they are sent: less than Tachograph's horizon. */
const SPREAD_MS = 240_000;
const LOOK_MS = 250;
/** A state that has not changed for so many looks is settled. */
const SETTLED_LOOKS = 4;
const INFLUXDB_COMPACTS_MS = 4_000;
const SETTLE_DEADLINE_MS = 15_000;
const COUNT_DEADLINE_MS = 5_000;

/** What is stored is looked at where it is. */
export interface Store {
  /** How many timings it has, or says it has. */
  readonly count: () => Promise<number>;
  /** Has it do at once what it would do in time. */
  readonly settle?: () => Promise<void>;
  /** Bytes, by what they are of. */
  readonly parts: () => Record<string, number>;
  /** Rows written so far. */
  readonly rows?: () => Promise<number>;
}

/**
 * Sends distinct timings to one system and weighs what it keeps of them, when it has come to rest.
 * @throws if it has not as many timings as it was sent.
 */
export async function measureStored(
  system: MeasuredSystem,
  store: Store,
  timings: number,
): Promise<Stored> {
  const [sender] = system.senders;
  if (sender === undefined) throw new Error(`${system.title} has no way to be told`);
  const before = sumOf(store.parts());
  const rowsBefore = await rowsIn(store);
  await sender.store(timings / SIZE, SIZE, SPREAD_MS);
  await store.settle?.();
  const counted = await countUntil(store, timings);
  if (counted !== timings) throw new Error(`${system.title} has ${counted} of ${timings} timings`);
  await untilSettled(store);
  const parts = store.parts();
  const rows = (await rowsIn(store)) - rowsBefore;
  return { timings, bytes: sumOf(parts) - before, rows, parts };
}

/** What was taken may be told of a moment later: by the next tick where nobody watches. */
async function countUntil(store: Store, timings: number): Promise<number> {
  const deadline = performance.now() + COUNT_DEADLINE_MS;
  for (;;) {
    const counted = await store.count();
    if (counted >= timings || performance.now() > deadline) return counted;
    await sleep(LOOK_MS);
  }
}

async function untilSettled(store: Store): Promise<void> {
  const deadline = performance.now() + SETTLE_DEADLINE_MS;
  let last = "";
  for (let looks = 0; looks < SETTLED_LOOKS && performance.now() < deadline;) {
    await sleep(LOOK_MS);
    const now = JSON.stringify([sumOf(store.parts()), await rowsIn(store)]);
    looks = now === last ? looks + 1 : 0;
    last = now;
  }
}

function rowsIn(store: Store): Promise<number> {
  return store.rows?.() ?? Promise.resolve(Number.NaN);
}

function sumOf(parts: Readonly<Record<string, number>>): number {
  return Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
}

/** Shards, coordinator and dispatcher, and D1. */
export function tachographStore(comparison: ComparisonSystem): Store {
  const objects = (name: string): number =>
    databasesIn(join(comparison.directory, "do", `tachograph-${name}`));
  return {
    count: () => totalOf(comparison),
    rows: async () => rowsOf(await comparison.usage("tachograph")),
    parts: () => ({
      shards: objects("TimingShard"),
      coordinator: objects("Coordinator"),
      D1: databasesIn(join(comparison.directory, "d1", "miniflare-D1DatabaseObject")),
    }),
  };
}

/** The rows of one of the naive designs. */
export function naiveStore(comparison: ComparisonSystem, of: "d1" | "objects"): Store {
  const path =
    of === "d1" ? join("d1", "miniflare-D1DatabaseObject") : join("do", "naive-TimingRows");
  return {
    async count() {
      const response = await fetch(`${comparison.naive}/count`);
      return (await response.json<Record<"d1" | "objects", number>>())[of];
    },
    rows: async () => rowsOf(await comparison.usage("naive")),
    parts: () => ({ rows: databasesIn(join(comparison.directory, path)) }),
  };
}

/** Its parts are brought to disk and merged at once. */
export function victoriaMetricsStore(peer: Peer): Store {
  return {
    count: () => countInVictoriaMetrics(peer, 'timing_ms{sender=~"store-.*"}'),
    async settle() {
      await ask(`${peer.url}/internal/force_flush`);
      await ask(`${peer.url}/internal/force_merge`);
    },
    parts: () => ({ files: bytesIn(peer.directory) }),
  };
}

/** One that was started to compact after a second: by default it does so after four hours. */
export function influxdbStore(peer: Peer): Store {
  return {
    count: () => countInInfluxdb(peer),
    // It looks once a second whether there were no writes for a second, first for its log.
    settle: () => sleep(INFLUXDB_COMPACTS_MS),
    parts: () => ({ files: bytesIn(peer.directory) }),
  };
}

/** What SQLite has for all databases of a directory, its write-ahead logs worked in. */
function databasesIn(directory: string): number {
  const files = readdirSync(directory).filter(
    (file) => file.endsWith(".sqlite") && file !== "metadata.sqlite",
  );
  return files.reduce((sum, file) => {
    const database = new DatabaseSync(join(directory, file), { readOnly: true });
    try {
      const [pages = {}, bytes = {}] = ["page_count", "page_size"].map((pragma) =>
        database.prepare(`PRAGMA ${pragma}`).get(),
      );
      return sum + Number(pages["page_count"]) * Number(bytes["page_size"]);
    } finally {
      database.close();
    }
  }, 0);
}

async function totalOf({ tachograph }: ComparisonSystem): Promise<number> {
  const now = Date.now();
  const range = `from=${now - 2 * SPREAD_MS}&to=${now}`;
  const response = await ask(`${tachograph}/v1/totals?step=all&${range}`, {
    authorization: `Bearer ${COMPARISON_TOKEN}`,
  });
  const { points } = await response.json<{ points: readonly { count: number }[] }>();
  return points.reduce((sum, { count }) => sum + count, 0);
}

async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response;
}
