import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  conversionProbability,
  learnChain,
  type MarkovChain,
  type ObservedPath,
  removalEffects,
} from "../../../../examples/tracking-worker/attribution/markov-chain.ts";
import { solveLinear } from "../../../../examples/tracking-worker/attribution/solve-linear.ts";
import { seededRandom } from "../../../support/seeded-random.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("markov chain", process.env["SEED"]);
const RUNS = Number(process.env["RUNS"] ?? 200);

const paths = fc.array(
  fc.record({
    channels: fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 6 }),
    isConverted: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);

function path(text: string): ObservedPath {
  const steps = text.split(" ");
  return { channels: steps.slice(0, -1), isConverted: steps.at(-1) === "sale" };
}

describe("removalEffects", () => {
  it("are those of the example with C1, C2 and C3", () => {
    // Hand-computed: P = (2/3 · 1/2 + 1/3) · 1/2 = 1/3; without C1 it is 1/3 · 1/2 = 1/6.
    const chain = learnChain(["C1 C2 C3 sale", "C1 lost", "C2 C3 lost"].map(path));
    expect(conversionProbability(chain)).toBeCloseTo(1 / 3, 12);
    expect(conversionProbability(chain, "C1")).toBeCloseTo(1 / 6, 12);
    const effects = removalEffects(chain);
    expect(effects.get("C1")).toBeCloseTo(0.5, 12);
    expect(effects.get("C2")).toBeCloseTo(1, 12);
    expect(effects.get("C3")).toBeCloseTo(1, 12);
  });

  it("are those of the example with ads and mailing", () => {
    // https://serhiipuzyrov.com/2019/07/markov-chain-attribution-simple-explanation-of-removal-effect/
    const observed = ["ads sale", "ads sale", "mail sale", "ads mail sale", "ads lost"];
    const chain = learnChain(observed.map(path));
    expect(conversionProbability(chain)).toBeCloseTo(0.8, 12);
    expect(removalEffects(chain).get("ads")).toBeCloseTo(0.75, 12);
    expect(removalEffects(chain).get("mail")).toBeCloseTo(0.5, 12);
  });

  it("are none when nothing was ever converted, or nothing observed", () => {
    expect(removalEffects(learnChain([])).size).toBe(0);
    expect(removalEffects(learnChain([path("a b lost")])).size).toBe(0);
    expect(removalEffects(learnChain([path("sale")])).size).toBe(0);
  });

  it("are those that walking the chain for long enough finds", () => {
    fc.assert(
      fc.property(paths, (observed) => {
        const chain = learnChain(observed);
        const whole = conversionProbability(chain);
        expect(whole).toBeCloseTo(walked(observed), 6);
        for (const [channel, effect] of removalEffects(chain)) {
          expect(effect).toBeCloseTo(1 - walked(observed, channel) / whole, 5);
          expect(effect).toBeGreaterThanOrEqual(0);
          expect(effect).toBeLessThanOrEqual(1);
        }
      }),
      { seed, numRuns: RUNS },
    );
  });

  it("are those that throwing dice a hundred thousand times comes near to", () => {
    const random = seededRandom(20_261_120);
    const observed = ["a b a sale", "a c lost", "b b sale", "c a lost", "c b sale"].map(path);
    const whole = thrown(observed, random);
    const chain = learnChain(observed);
    expect(conversionProbability(chain)).toBeCloseTo(whole, 1.7);
    for (const channel of ["a", "b", "c"]) {
      const effect = 1 - thrown(observed, random, channel) / whole;
      expect(Math.abs((removalEffects(chain).get(channel) ?? 0) - effect)).toBeLessThan(0.02);
    }
  });

  it("do not depend on the order of the journeys or the names of the channels", () => {
    fc.assert(
      fc.property(paths, (observed) => {
        const renamed = observed.toReversed().map(({ channels, isConverted }) => {
          return { channels: channels.map((name) => `z-${name}`), isConverted };
        });
        const effects = removalEffects(learnChain(observed));
        const others = removalEffects(learnChain(renamed));
        expect(others.size).toBe(effects.size);
        for (const [name, effect] of effects)
          expect(others.get(`z-${name}`)).toBeCloseTo(effect, 9);
      }),
      { seed, numRuns: RUNS },
    );
  });
});

describe("a chain of many channels", () => {
  const random = seededRandom(7);
  const observed = Array.from({ length: 5_000 }, (_, number) => ({
    channels: Array.from({ length: 1 + Math.floor(random() * 8) }, () => {
      return `c${Math.floor(random() ** 2 * 300)}`;
    }),
    isConverted: number % 3 === 0,
  }));
  const chain = learnChain(observed);

  it("gives the most frequent ones a state each and the others one together", () => {
    expect(chain.states).toHaveLength(50);
    const names = new Set(observed.flatMap(({ channels }) => channels));
    expect(chain.stateOf.size).toBe(names.size);
    const frequency = (name: string): number =>
      observed.flatMap(({ channels }) => channels).filter((other) => other === name).length;
    const shared = [...chain.stateOf].filter(([name, state]) => name !== state);
    expect(shared.length).toBe(names.size - 49);
    const rarest = Math.min(...ownStates(chain).map(frequency));
    for (const [name] of shared.slice(0, 20)) expect(frequency(name)).toBeLessThanOrEqual(rarest);
  });

  it("still has the conversion rate of what was observed", () => {
    // Of a chain of first order that is learnt from paths, the flow into the end is the observed one.
    const rate = observed.filter(({ isConverted }) => isConverted).length / observed.length;
    expect(conversionProbability(chain)).toBeCloseTo(rate, 9);
  });
});

describe("solveLinear", () => {
  it("needs to exchange rows", () => {
    expect(solveLinear([[0, 2], [3, 1]], [4, 5])).toEqual([1, 2]); // prettier-ignore
  });

  it("says so when there is no single solution", () => {
    expect(solveLinear([[1, 2], [2, 4]], [1, 2])).toBeUndefined(); // prettier-ignore
  });

  it("finds nothing where nothing is asked", () => {
    expect(solveLinear([], [])).toEqual([]);
  });
});

function ownStates({ stateOf }: MarkovChain): string[] {
  return [...stateOf].flatMap(([name, state]) => (name === state ? [name] : []));
}

/** The steps that were observed, as often as they were; what is taken away is `lost`. */
function stepsOf(observed: readonly ObservedPath[], without?: string): Map<string, string[]> {
  const steps = new Map<string, string[]>();
  for (const { channels, isConverted } of observed.filter((one) => one.channels.length > 0)) {
    const states = ["start", ...channels, isConverted ? "sale" : "lost"];
    for (const [place, to] of states.slice(1).entries()) {
      const from = states[place] ?? "";
      steps.set(from, [...(steps.get(from) ?? []), to === without ? "lost" : to]);
    }
  }
  return steps;
}

/** The probability of a sale, by moving all visitors on step by step. */
function walked(observed: readonly ObservedPath[], without?: string): number {
  const steps = stepsOf(observed, without);
  let visitors = new Map([["start", 1]]);
  let sold = 0;
  for (let step = 0; step < 3_000; step += 1) {
    const next = new Map<string, number>();
    for (const [state, share] of visitors) {
      const exits = steps.get(state) ?? [];
      for (const to of exits) next.set(to, (next.get(to) ?? 0) + share / exits.length);
    }
    sold += next.get("sale") ?? 0;
    next.delete("sale");
    next.delete("lost");
    visitors = next;
  }
  return sold;
}

/** The part of 100,000 visitors that ends with a sale. */
function thrown(observed: readonly ObservedPath[], random: () => number, without?: string): number {
  const steps = stepsOf(observed, without);
  let sold = 0;
  for (let visitor = 0; visitor < 100_000; visitor += 1) {
    let state = "start";
    while (state !== "sale" && state !== "lost") {
      const exits = steps.get(state) ?? [];
      state = exits[Math.floor(random() * exits.length)] ?? "lost";
    }
    if (state === "sale") sold += 1;
  }
  return sold / 100_000;
}
