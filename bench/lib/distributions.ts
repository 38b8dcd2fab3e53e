import { logNormal, normal } from "./random.ts";

const HIGHEST_US = 600_000_000;

function bounded(valueUs: number): number {
  return Math.min(Math.max(valueUs, 1), HIGHEST_US);
}

function exponential(random: () => number, meanValue: number): number {
  return -Math.log(1 - random()) * meanValue;
}

/** Durations in microseconds, 1 to 600 s, by the name of how they are distributed. */
export const DISTRIBUTIONS: Readonly<Record<string, (random: () => number) => number>> = {
  uniform: (random) => bounded(1_000 + random() * 2_000_000),
  exponential: (random) => bounded(exponential(random, 150_000)),
  "log-normal": (random) => bounded(logNormal(random, 180_000, 0.6)),
  Pareto: (random) => bounded(20_000 / (1 - random()) ** (1 / 1.3)),
  // Three calls one after the other.
  Erlang: (random) =>
    bounded(
      exponential(random, 40_000) + exponential(random, 40_000) + exponential(random, 40_000),
    ),
  "constant with spikes": (random) =>
    random() < 0.995 ? 100_000 : bounded(5_000_000 + random() * 25_000_000),
  bimodal: (random) =>
    bounded(random() < 0.8 ? 30_000 + 4_000 * normal(random) : 900_000 + 90_000 * normal(random)),
};
