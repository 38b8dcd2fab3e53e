import { setTimeout as sleep } from "node:timers/promises";
import { COMPARISON_TOKEN, type ComparisonSystem } from "../lib/comparison-system.ts";
import { httpLoad } from "../lib/http-load.ts";
import { openStream, type StreamClient } from "../lib/stream-client.ts";
import { processCpuMs } from "../lib/workerd.ts";

/** How the tracking Worker tells of its calls; `watched` is `tachograph` while somebody looks. */
export type Way =
  | "plain"
  | "tachograph"
  | "watched"
  | "do"
  | "d1"
  | "victoria-metrics"
  | "influxdb";

/** Of an event, one to each platform. */
export const CALLS = 3;

const CONNECTIONS = 16;
const EVENT = JSON.stringify({ event: "purchase", value: 12.5, currency: "EUR", id: "e-1" });
/** The longest that telling of what was begun may take after the last answer. */
const DRAIN_DEADLINE_MS = 20_000;
/** In this time shards and reporters have heard that somebody looks, or no longer does. */
const CADENCE_MS = 2_500;

/** One stretch of load. */
export interface TrackingRun {
  readonly events: number;
  /** Until everything had been told of, which is after the last answer. */
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
  /** Of the whole workerd: the tracking Worker, the platforms, and whoever is told. */
  readonly cpuUsPerEvent: number;
  /** Of what the platform bills, all for this stretch. */
  readonly objectRequests: number;
  readonly rowsWritten: number;
}

/** Sends events to the tracking Worker, and counts what came of them. */
export class TrackingLoad {
  readonly #system: ComparisonSystem;
  readonly #events = new Map<Way, number>();
  #stream: StreamClient | undefined;

  constructor(system: ComparisonSystem) {
    this.#system = system;
  }

  /**
   * Keeps the Worker busy for so long, and waits until all that it began is done.
   * @throws if an event could not be told of.
   */
  async run(way: Way, durationMs: number): Promise<TrackingRun> {
    await this.#watch(way === "watched");
    const { failed } = await this.#told(way);
    const before = await this.#used();
    const cpuMs = processCpuMs(this.#system.pid);
    const startedAt = performance.now();
    const { latenciesMs } = await httpLoad({
      url: `${this.#system.tracking}/${way === "watched" ? "tachograph" : way}`,
      headers: { "content-type": "application/json" },
      connections: CONNECTIONS,
      durationMs,
      body: () => EVENT,
    });
    await this.#drain(way, failed);
    const elapsedMs = performance.now() - startedAt;
    const usedCpuMs = processCpuMs(this.#system.pid) - cpuMs;
    const after = await this.#used();
    const events = latenciesMs.length;
    this.#events.set(way, this.events(way) + events);
    return {
      events,
      perSecond: (events / elapsedMs) * 1_000,
      latenciesMs,
      cpuUsPerEvent: (usedCpuMs * 1_000) / events,
      objectRequests: after.objectRequests - before.objectRequests,
      rowsWritten: after.rowsWritten - before.rowsWritten,
    };
  }

  /** How many events all stretches had that were told of in this way. */
  events(way: Way): number {
    return this.#events.get(way) ?? 0;
  }

  /** Lets go of the stream. */
  close(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  async #watch(isWatched: boolean): Promise<void> {
    if (isWatched === (this.#stream !== undefined)) return;
    if (isWatched) {
      const url = `${this.#system.tachograph.replace("http", "ws")}/v1/stream`;
      this.#stream = await openStream(url, COMPARISON_TOKEN, () => undefined);
    } else this.close();
    // Reporters hear of it with the answer to a report, so that there has to be one.
    await httpLoad({
      url: `${this.#system.tracking}/tachograph`,
      headers: { "content-type": "application/json" },
      connections: 1,
      durationMs: CADENCE_MS,
      body: () => EVENT,
    });
    await this.#drain("tachograph", 0);
  }

  /** @param failedBefore how many events of earlier stretches could not be told of. */
  async #drain(way: Way, failedBefore: number): Promise<void> {
    if (way === "tachograph" || way === "watched") {
      const counters = await this.#ask<{ givenUp: number }>("/flush");
      if (counters.givenUp > 0) throw new Error(`the client gave up ${counters.givenUp} timings`);
    }
    const deadline = performance.now() + DRAIN_DEADLINE_MS;
    for (;;) {
      const { pending, failed } = await this.#told(way);
      const lost = failed - failedBefore;
      if (lost > 0) throw new Error(`${lost} events could not be told of`);
      if (pending === 0) return;
      if (performance.now() > deadline) throw new Error(`${pending} events are not told of`);
      await sleep(10);
    }
  }

  #told(way: Way): Promise<{ pending: number; failed: number }> {
    return this.#ask(`/pending?way=${way}`);
  }

  async #ask<Answer>(path: string): Promise<Answer> {
    const response = await fetch(`${this.#system.tracking}${path}`);
    return response.json<Answer>();
  }

  async #used(): Promise<{ objectRequests: number; rowsWritten: number }> {
    const usages = await Promise.all(
      (["tachograph", "naive", "tracking"] as const).map((of) => this.#system.usage(of)),
    );
    let objectRequests = 0;
    let rowsWritten = 0;
    for (const usage of usages) {
      for (const requests of Object.values(usage.objectRequests)) objectRequests += requests;
      rowsWritten += usage.rowsWritten + usage.alarmsSet + usage.d1RowsWritten;
    }
    return { objectRequests, rowsWritten };
  }
}
