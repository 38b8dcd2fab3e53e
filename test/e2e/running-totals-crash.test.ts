import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFailed } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { Api, call, seriesByName, TOKENS } from "./api.ts";
import { integerFrom } from "./random.ts";
import { System } from "./system.ts";

/*
 * Promise 1 for senders that tell what they counted since they began: whenever the processes die,
 * everything that such a sender counted is counted here once.
 */

const SEED = Number(process.env["TACHOGRAPH_SEED"] ?? Date.now() % 1_000_000);
const KILLS = 3;
const DAY_MS = 86_400_000;
const BOUNDS_S = [0.01, 0.1, 1];

let system: System;

beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system?.dispose());

/** A process that exports running totals, and whatever becomes of one of them sends the next. */
class Sender {
  readonly #host: string;
  readonly #startAt: number;
  readonly #random: () => number;
  readonly #counts = [0, 0, 0, 0];
  /** What it had counted when it was first taken in. */
  #baseline = 0;
  failures = 0;

  constructor(host: string, startAt: number, seed: number) {
    this.#host = host;
    this.#startAt = startAt;
    this.#random = seededRandom(seed);
  }

  /** What should be counted of it. */
  get expected(): number {
    return this.#total - this.#baseline;
  }

  get #total(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** Begins with what it counted before anybody heard of it. */
  async begin(): Promise<void> {
    this.#count();
    if (!(await this.send())) throw new Error("the first total was not taken");
    if (this.#startAt < Date.now() - DAY_MS / 2) this.#baseline = this.#total;
  }

  async run(isOpen: () => boolean): Promise<void> {
    while (isOpen()) {
      this.#count();
      if (!(await this.send())) this.failures += 1;
      await sleep(integerFrom(this.#random, 5, 60));
    }
  }

  /** @returns whether it was acknowledged. */
  async send(): Promise<boolean> {
    const options = {
      token: TOKENS.ingest,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(this.#request()),
      timeoutMs: 5_000,
    };
    const answer = await call(`${system.url}/v1/metrics`, options).catch(() => undefined);
    if (answer === undefined || answer.status === 503) return false;
    expect([answer.status, answer.text]).toEqual([200, "{}"]);
    return true;
  }

  #count(): void {
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + integerFrom(this.#random, 0, 40);
    }
  }

  #request(): unknown {
    const point = {
      attributes: [
        { key: "server.address", value: { stringValue: this.#host } },
        { key: "http.request.method", value: { stringValue: "POST" } },
        { key: "http.response.status_code", value: { intValue: "200" } },
      ],
      startTimeUnixNano: `${this.#startAt}000000`,
      timeUnixNano: `${Date.now()}000000`,
      count: String(this.#total),
      explicitBounds: BOUNDS_S,
      bucketCounts: this.#counts.map(String),
    };
    const histogram = { aggregationTemporality: 2, dataPoints: [point] };
    const metric = { name: "http.client.request.duration", unit: "s", histogram };
    return { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] };
  }
}

it("counts what running totals gained exactly once through kill -9", async () => {
  onTestFailed(() => console.error(`TACHOGRAPH_SEED=${SEED}; it printed:\n${system.tail()}`));
  const api = new Api(system.url);
  const random = seededRandom(SEED);
  const now = Date.now();
  const senders = [
    new Sender("graph.facebook.com", now, SEED + 1),
    new Sender("www.google-analytics.com", now - 3 * DAY_MS, SEED + 2),
    new Sender("business-api.tiktok.com", now - 1_000, SEED + 3),
  ];
  for (const sender of senders) await sender.begin();
  let isOpen = true;
  const sending = senders.map((sender) => sender.run(() => isOpen));
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(integerFrom(random, 800, 2_500));
    await system.kill();
    await system.boot();
  }
  isOpen = false;
  await Promise.all(sending);
  for (const sender of senders) expect(await sender.send()).toBe(true);
  const total = senders.reduce((sum, { expected }) => sum + expected, 0);
  console.info(
    `running totals: ${KILLS} kills, ${senders.map(({ failures }) => failures).join("/")} failed, ` +
      `${total} timings, TACHOGRAPH_SEED=${SEED}`,
  );
  await expect
    .poll(async () => (await api.live()).ledger.merged, { timeout: 20_000, interval: 200 })
    .toBe(total);
  const live = await api.live();
  expect(live.ledger).toMatchObject({
    offered: total,
    accepted: total,
    duplicates: 0,
    rejected: {},
    pending: 0,
    isBalanced: true,
  });
  const shown = seriesByName(live);
  for (const [i, target] of ["meta", "google", "tiktok"].entries()) {
    const expected = senders[i]?.expected;
    expect(shown.get(`${target}/*`)?.windows["5m"]).toMatchObject({
      count: expected,
      ok: expected,
    });
  }
}, 180_000);
