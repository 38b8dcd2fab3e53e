import fc from "fast-check";
import { expect, test } from "vitest";

import type { Tachograph, TakeResult } from "../../../src/client/index.ts";
import type { Limiter } from "../../../src/limits/limiter.ts";
import { TrueBucket } from "../../support/limits/true-bucket.ts";
import { harness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import type { Fate, PermitFate } from "./model-server.ts";

const ISOLATES = 3;

const MAX_CAPACITY = 20;

/** As much as a Worker's clock, which stands still between one I/O and the next, may be behind. */
const MAX_LAG_MS = 4_900;

type Step =
  | {
      readonly do: "take";
      readonly isolate: number;
      readonly permits: number;
      readonly count: number;
      readonly waits: boolean;
      readonly givesBack: boolean;
    }
  /** Everybody takes whatever there is, at one moment: nothing shows better what is too much. */
  | { readonly do: "drain" }
  | { readonly do: "give_back"; readonly isolate: number }
  | { readonly do: "record"; readonly isolate: number }
  | { readonly do: "signal"; readonly isolate: number; readonly seconds: number }
  /** An isolate's clock falls behind, or keeps up again, and time passes. */
  | {
      readonly do: "lag";
      readonly isolate: number;
      readonly lagMs: number;
      readonly durationMs: number;
    }
  | { readonly do: "advance"; readonly durationMs: number }
  | { readonly do: "flush"; readonly isolate: number }
  | { readonly do: "kill"; readonly timers: number };

const isolate = fc.nat(ISOLATES - 1);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("take" as const),
      isolate,
      permits: fc.integer({ min: 1, max: 3 }),
      count: fc.integer({ min: 1, max: 9 }),
      waits: fc.boolean(),
      givesBack: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drain" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("give_back" as const), isolate }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("record" as const), isolate }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("signal" as const), isolate, seconds: fc.nat(15) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("lag" as const),
      isolate,
      lagMs: fc.constantFrom(0, MAX_LAG_MS),
      durationMs: fc.constantFrom(0, 10_000, 14_800),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      durationMs: fc.oneof(fc.nat(300), fc.nat(3_000), fc.nat(20_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("flush" as const), isolate }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const), timers: fc.nat(255) }) },
);

const delayMs = fc.nat(14_000);

const late = fc.record({ kind: fc.constantFrom("request_late" as const, "answer_late"), delayMs });

const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("ok" as const, "lose_request", "lose_answer", "arrive_twice"),
  }),
  fc.record({ kind: fc.constantFrom("throw" as const, "throw_after", "unavailable") }),
  late,
);

const permitFate: fc.Arbitrary<PermitFate> = fc.oneof(
  fc.record({ kind: fc.constantFrom("ok" as const, "lose_request", "lose_answer") }),
  fc.record({ kind: fc.constantFrom("throw" as const, "throw_after", "unavailable") }),
  late,
);

/** Several isolates with clocks of their own, one bucket, and somebody who sees every use. */
class Fleet {
  readonly world: Harness = harness();
  readonly limiter: Limiter;
  readonly isolates: (() => Tachograph)[] = [];
  readonly lagMs: number[] = [];
  uses = 0;
  /** The first use that was one too many. */
  problem: unknown;
  readonly #true: TrueBucket;
  #places: string[] = [];
  #idle: [Tachograph, number][] = [];

  constructor(rule: { readonly capacity: number; readonly refillPerMinute: number }) {
    const { time } = this.world;
    this.limiter = this.world.server.limit("meta", rule);
    this.#true = new TrueBucket(rule, time.now);
    for (let i = 0; i < ISOLATES; i += 1) {
      let shown = 0;
      this.lagMs.push(0);
      const clock = (): number => (shown = Math.max(shown, time.now - (this.lagMs[i] ?? 0)));
      // What waits long may hear of a lease that is over.
      const permitTimeoutMs = i === 0 ? 30_000 : 2_000;
      this.isolates.push(this.world.isolate(`iso-${i}`, { clock, permitTimeoutMs }));
    }
  }

  async run(action: Step): Promise<void> {
    const { time } = this.world;
    const tacho = this.isolates["isolate" in action ? action.isolate : 0]?.();
    if (tacho === undefined) throw new Error("no such isolate");
    if (action.do === "take") this.#take(tacho, action);
    else if (action.do === "record") tacho.record("meta", "events", 1);
    else if (action.do === "signal") tacho.feedback("meta", signalOf(action.seconds));
    else if (action.do === "lag") this.lagMs[action.isolate] = action.lagMs;
    else if (action.do === "flush") void tacho.flush();
    else if (action.do === "give_back") this.#giveBack();
    else if (action.do === "drain") this.#drain();
    else if (action.do === "kill") time.kill((index) => ((action.timers >> (index % 8)) & 1) === 1);
    if ("durationMs" in action) await time.advance(action.durationMs);
    await time.settle();
  }

  #take(tacho: Tachograph, wish: Extract<Step, { do: "take" }>): void {
    for (let i = 0; i < wish.count; i += 1) {
      const options = wish.waits ? { line: {}, places: this.#places.splice(0, 1) } : {};
      void tacho
        .take("meta", wish.permits, options)
        .then((result) => this.#decided(tacho, wish, result));
    }
  }

  #drain(): void {
    const wish = { do: "take", isolate: 0, permits: 1, waits: false, givesBack: false } as const;
    for (const request of this.isolates) this.#take(request(), { ...wish, count: MAX_CAPACITY });
  }

  #decided(tacho: Tachograph, wish: Extract<Step, { do: "take" }>, result: TakeResult): void {
    if (!result.granted) {
      if (result.place !== null) this.#places.push(result.place);
      return;
    }
    // Not used: given back at once, or, maybe too late, by and by.
    if (wish.givesBack) this.#idle.push([tacho, wish.permits]);
    else this.#use(wish.permits);
    if (wish.givesBack && wish.waits) this.#giveBack();
  }

  #giveBack(): void {
    for (const [tacho, permits] of this.#idle) tacho.giveBack("meta", permits);
    this.#idle = [];
  }

  #use(permits: number): void {
    this.uses += permits;
    try {
      this.#true.use(permits, this.world.time.now);
    } catch (error) {
      this.problem ??= error;
    }
  }
}

function signalOf(seconds: number) {
  return { status: 429, isLimited: true, ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }) };
}

const rule = fc.record({
  capacity: fc.integer({ min: 1, max: MAX_CAPACITY }),
  refillPerMinute: fc.constantFrom(0, 60, 600, 1_200),
});

test("whatever is lost, late or dead, the fleet never uses more than the bucket gave", async () => {
  let used = 0;
  await fc.assert(
    fc.asyncProperty(
      rule,
      fc.array(step, { minLength: 20, maxLength: 80 }),
      fc.array(fate, { maxLength: 8 }),
      fc.array(permitFate, { maxLength: 8 }),
      async (limits, steps, fates, permitFates) => {
        const fleet = new Fleet(limits);
        const { server, time } = fleet.world;
        server.fates = [...fates];
        server.permitFates = [...permitFates];
        for (const action of steps) await fleet.run(action);
        expect(fleet.problem).toBeUndefined();
        used += fleet.uses;

        server.fates = [];
        server.permitFates = [];
        for (let round = 0; round < 4; round += 1) {
          for (const request of fleet.isolates) request().record("meta", "events", 1);
          await time.advance(35_000);
        }
        expect(server.refusedAsks, "nothing wrong was sent").toEqual([]);
        expect(server.changed, "a repeated report is what it was").toBeUndefined();
        const view = fleet.limiter.view(time.now);
        expect(view?.outstanding, "all is settled or has expired").toBe(0);
        expect(fleet.uses).toBeLessThanOrEqual((view?.granted ?? 0) - (view?.returned ?? 0));
        const stats = fleet.isolates.map((request) => request().stats().permits);
        const unreached = stats.reduce((sum, { denied }) => sum + (denied.unreachable ?? 0), 0);
        expect(server.tallies.get("meta")?.deniedUnreached ?? 0, "told exactly once").toBe(
          unreached,
        );
      },
    ),
    { numRuns: 400 },
  );
  expect(used, "it was no idle run").toBeGreaterThan(1_000);
});

test("without faults nothing is lost: what was not used comes back before it expires", async () => {
  await fc.assert(
    fc.asyncProperty(
      rule,
      fc.array(fc.nat(ISOLATES - 1), { maxLength: 60 }),
      async (limits, by) => {
        const fleet = new Fleet(limits);
        const { time } = fleet.world;
        for (const index of by) {
          await fleet.run({
            do: "take",
            isolate: index,
            permits: 1,
            count: 1,
            waits: false,
            givesBack: false,
          });
          await time.advance(37);
        }
        await time.advance(30_000);
        const view = fleet.limiter.view(time.now);
        expect(view).toMatchObject({ outstanding: 0, expired: 0 });
        expect((view?.granted ?? 0) - (view?.returned ?? 0)).toBe(fleet.uses);
      },
    ),
    { numRuns: 100 },
  );
});
