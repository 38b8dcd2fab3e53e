import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { COMPARISON_TOKEN, type ComparisonSystem } from "../lib/comparison-system.ts";
import { HttpPoster } from "../lib/http-poster.ts";
import { openStream } from "../lib/stream-client.ts";
import type { Usage } from "../workers/usage.ts";
import { randomGaps } from "../simulation/simulate-traffic.ts";

const EVENT = JSON.stringify({ event: "purchase", value: 12.5, currency: "EUR", id: "e-1" });
const MINUTE_MS = 60_000;
/** Until reporters have heard how often to report, and shards are known. */
const WARM_UP_MS = 3_000;
/** After the warm-up: early, as what a minute's end takes is spread over some ticks. */
const MINUTE_ENDS_MS = 500;
/** After a run, so that the last reports are merged before clocks are set. */
const REST_MS = 500;

/** What a run does. */
export interface CountedLoad {
  /** Requests a second of each isolate, at random: when exactly, the seed decides. */
  readonly isolateRates: readonly number[];
  readonly seed: number;
  readonly operations: number;
  readonly durationMs: number;
}

/** What Tachograph used in a run in which a minute ended, after a warm-up that is not in it. */
export interface CountedRun {
  readonly durationMs: number;
  readonly usage: Usage;
}

/** Of each isolate of a load: milliseconds until its next request, again and again. */
export function gapsOf({ isolateRates, seed }: CountedLoad): (() => number)[] {
  return isolateRates.map((rate, i) => randomGaps(rate, seededRandom(seed + i)));
}

/** Drives the system at a fixed low rate while somebody watches, and counts what it used of what the platform bills. */
export class CountedRuns {
  readonly #system: ComparisonSystem;
  #aheadMs = 0;

  constructor(system: ComparisonSystem) {
    this.#system = system;
  }

  /** @throws if a request fails, or a timing was not taken. */
  async run(load: CountedLoad): Promise<CountedRun> {
    await this.#setClock(WARM_UP_MS + MINUTE_ENDS_MS);
    const stream = await this.#watch();
    const poster = new HttpPoster(8, 10_000);
    try {
      const driven = this.#drive(poster, load, WARM_UP_MS + load.durationMs);
      await sleep(WARM_UP_MS);
      const before = await this.#system.usage("tachograph");
      const startedAt = performance.now();
      await driven;
      const durationMs = performance.now() - startedAt;
      const after = await this.#system.usage("tachograph");
      return { durationMs, usage: difference(after, before) };
    } finally {
      poster.close();
      stream.close();
      await this.#rest();
    }
  }

  async #drive(poster: HttpPoster, load: CountedLoad, durationMs: number): Promise<void> {
    const until = performance.now() + durationMs;
    const path = `/tachograph?operations=${load.operations}`;
    const driveOne = async (address: string, gapMs: () => number): Promise<void> => {
      let at = performance.now();
      for (;;) {
        at += gapMs();
        if (at >= until) break;
        await sleep(Math.max(at - performance.now(), 0));
        await poster.post(`${address}${path}`, EVENT, { "content-type": "application/json" });
      }
      await sleep(Math.max(until - performance.now(), 0));
    };
    const { trackingIsolates } = this.#system;
    await Promise.all(gapsOf(load).map((gapMs, i) => driveOne(trackingIsolates[i] ?? "", gapMs)));
  }

  /** Sets all clocks so that a minute ends in so many milliseconds; they never go back. */
  async #setClock(minuteEndsInMs: number): Promise<void> {
    const nowMs = Date.now() + this.#aheadMs;
    this.#aheadMs += (2 * MINUTE_MS - (nowMs % MINUTE_MS) - minuteEndsInMs) % MINUTE_MS;
    const { tachograph, trackingIsolates } = this.#system;
    for (const address of [tachograph, ...trackingIsolates]) {
      await fetch(`${address}/bench/clock?aheadMs=${this.#aheadMs}`);
    }
  }

  async #watch(): Promise<{ close(): void }> {
    const url = `${this.#system.tachograph.replace("http", "ws")}/v1/stream`;
    return openStream(url, COMPARISON_TOKEN, () => undefined);
  }

  /** Has every client tell of the rest. */
  async #rest(): Promise<void> {
    for (const address of this.#system.trackingIsolates) {
      const response = await fetch(`${address}/flush`);
      const { givenUp } = await response.json<{ givenUp: number }>();
      if (givenUp > 0) throw new Error(`a client gave up ${givenUp} timings`);
    }
    await sleep(REST_MS);
  }
}

/** All requests to objects of all classes. */
export function objectRequestsOf({ objectRequests }: Usage): number {
  return Object.values(objectRequests).reduce((sum, requests) => sum + requests, 0);
}

/** Rows of objects that were written, an alarm that was set among them. */
export function objectRowsOf({ rowsWritten, alarmsSet }: Usage): number {
  return rowsWritten + alarmsSet;
}

/** What was used between two counts. */
export function difference(after: Usage, before: Usage): Usage {
  const objectRequests: Record<string, number> = {};
  for (const [name, requests] of Object.entries(after.objectRequests)) {
    objectRequests[name] = requests - (before.objectRequests[name] ?? 0);
  }
  const writes: Usage["writes"] = {};
  for (const [what, { statements, rows }] of Object.entries(after.writes)) {
    const known = before.writes[what] ?? { statements: 0, rows: 0 };
    if (statements === known.statements) continue;
    writes[what] = { statements: statements - known.statements, rows: rows - known.rows };
  }
  return {
    workerRequests: after.workerRequests - before.workerRequests,
    objectRequests,
    rowsRead: after.rowsRead - before.rowsRead,
    rowsWritten: after.rowsWritten - before.rowsWritten,
    writes,
    alarmsSet: after.alarmsSet - before.alarmsSet,
    d1Statements: after.d1Statements - before.d1Statements,
    d1RowsRead: after.d1RowsRead - before.d1RowsRead,
    d1RowsWritten: after.d1RowsWritten - before.d1RowsWritten,
  };
}
