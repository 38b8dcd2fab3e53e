import fc from "fast-check";
import { expect, test } from "vitest";
import { untouchedView } from "../../../src/limits/project-view.ts";
import { seriesKey } from "../../../src/merge/series-name.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { type StreamFilter, streamFilter } from "../../../src/stream/stream-filter.ts";
import { Subscriber } from "../../../src/stream/subscriber.ts";
import { FakeFrameSink } from "../../support/fake-frame-sink.ts";
import { seedOf } from "../../support/seeded.ts";
import { TenantWorld } from "../../support/tenant-world.ts";

const START = Date.UTC(2026, 10, 20, 12, 10, 0);
const TICK_MS = 500;
const FILTERS: readonly StreamFilter[] = [
  streamFilter({}),
  streamFilter({ targets: ["meta", "tiktok"] }),
  streamFilter({ targets: ["google"], windows: ["1h"] }),
];

type Step =
  | { readonly kind: "report"; readonly reporter: number }
  | { readonly kind: "limit"; readonly shard: number; readonly capacity: number | null }
  | { readonly kind: "pass"; readonly durationMs: number }
  | { readonly kind: "drop" | "resume"; readonly client: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("report" as const), reporter: fc.nat(3) }),
  fc.record({
    kind: fc.constant("limit" as const),
    shard: fc.constantFrom(0, 2),
    capacity: fc.constantFrom(null, null, 0, 10),
  }),
  fc.record({
    kind: fc.constant("pass" as const),
    durationMs: fc.constantFrom(TICK_MS, MINUTE_MS, 8 * MINUTE_MS, HOUR_MS),
  }),
  fc.record({
    kind: fc.constantFrom("drop" as const, "resume" as const),
    client: fc.nat(FILTERS.length - 1),
  }),
);

/** A client that keeps what frames tell it, as a page does. */
class Client {
  readonly series = new Map<string, unknown>();
  readonly limits = new Map<string, unknown>();
  /** How many of each ticks took away. */
  readonly taken = { series: 0, limits: 0 };
  readonly #world: TenantWorld;
  readonly #filter: StreamFilter;
  #connection: { readonly sink: FakeFrameSink; readonly subscriber: Subscriber } | undefined;
  #place: { readonly epoch: string; readonly seq: number } | undefined;

  constructor(world: TenantWorld, filter: StreamFilter) {
    this.#world = world;
    this.#filter = filter;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  connect(): void {
    if (this.#connection !== undefined) return;
    const sink = new FakeFrameSink();
    const subscriber = new Subscriber(sink, this.#filter);
    this.#world.coordinator.hub.join(subscriber, this.#place, TICK_MS);
    this.#connection = { sink, subscriber };
  }

  drop(): void {
    this.read();
    if (this.#connection !== undefined) {
      this.#world.coordinator.hub.leave(this.#connection.subscriber);
    }
    this.#connection = undefined;
  }

  /** Takes in every frame that came. */
  read(): void {
    const { frames = [], sent = [] } = this.#connection?.sink ?? {};
    sent.splice(0);
    for (const { type, epoch = "", seq = 0, series = [], limits = [], gone } of frames) {
      this.#place = { epoch, seq };
      if (type === "snapshot") {
        this.series.clear();
        this.limits.clear();
      }
      for (const view of series) this.series.set(seriesKey(view), view);
      for (const view of limits) this.limits.set(view.target, view);
      if (gone === undefined) continue;
      expect(gone.series.length + gone.limits.length).toBeGreaterThan(0);
      this.taken.series += gone.series.length;
      this.taken.limits += gone.limits.length;
      for (const name of gone.series) expect(this.series.delete(seriesKey(name))).toBe(true);
      for (const target of gone.limits) expect(this.limits.delete(target)).toBe(true);
    }
  }
}

async function take(world: TenantWorld, clients: readonly Client[], step: Step): Promise<void> {
  if (step.kind === "report") {
    const reporter = world.reporters[step.reporter];
    if (reporter === undefined) throw new Error(`there is no reporter ${step.reporter}`);
    const timing = { operation: "events", at: world.nowMs, durationUs: 5_000, outcome: 0 };
    world.report(reporter, [timing]);
  } else if (step.kind === "limit") {
    const shard = world.shards[step.shard];
    if (shard === undefined) throw new Error(`there is no shard ${step.shard}`);
    const { target, limit } = shard;
    const { capacity } = step;
    const view = capacity === null ? null : untouchedView(target, { capacity, refillPerMinute: 1 });
    shard.limit = { view, version: (limit?.version ?? 0) + 1, fullSpeedAt: 0 };
  } else if (step.kind === "pass") {
    world.nowMs += step.durationMs;
    await world.coordinator.tick();
  } else {
    const client = clients[step.client];
    if (step.kind === "drop") client?.drop();
    else client?.connect();
  }
}

test("a snapshot and the ticks after it make the next snapshot, whatever the filter", async () => {
  const taken = { series: 0, limits: 0 };
  const array = fc.array(STEP, { maxLength: 60, size: "max" });
  const property = fc.asyncProperty(array, async (steps) => {
    const world = new TenantWorld(START);
    await world.coordinator.tick();
    const clients = FILTERS.map((filter) => new Client(world, filter));
    for (const client of clients) client.connect();
    for (const step of steps) {
      await take(world, clients, step);
      for (const [i, client] of clients.entries()) {
        client.read();
        const anew = new Client(world, FILTERS[i] ?? streamFilter({}));
        anew.connect();
        anew.drop();
        if (!client.isConnected) continue;
        expect(Object.fromEntries(client.series)).toEqual(Object.fromEntries(anew.series));
        expect(Object.fromEntries(client.limits)).toEqual(Object.fromEntries(anew.limits));
      }
    }
    expect(world.coordinator.health().lastError).toBeNull();
    for (const client of clients) {
      taken.series += client.taken.series;
      taken.limits += client.taken.limits;
    }
  });
  await fc.assert(property, { seed: seedOf("ticks", process.env["SEED"]), numRuns: 150 });
  // Both have been put to the test.
  expect(taken.series).toBeGreaterThan(100);
  expect(taken.limits).toBeGreaterThan(100);
});
