import type { RemovalEffects } from "./models/data-driven.ts";
import { solveLinear } from "./solve-linear.ts";

/** The channels of one observed journey, in order. */
export interface ObservedPath {
  readonly channels: readonly string[];
  readonly isConverted: boolean;
}

/** Channels that have a state of their own; the rarer ones share one. */
export const MAX_CHANNELS = 50;

/** The state of the channels that are too many. No channel can have this name. */
const OTHER = "(other)";
/** The states that are no channel. */
const START = "(start)";
const CONVERTED = "(converted)";
const LOST = "(lost)";

/** How often a state was left, and where to. */
interface Exits {
  total: number;
  readonly to: Map<string, number>;
}

/**
 * Journeys as a chain of first order: a state for the start, each channel, a conversion and none.
 * What comes next depends on where a visitor is, and not on how he came there.
 */
export interface MarkovChain {
  readonly exits: ReadonlyMap<string, Exits>;
  /** The states that are channels. */
  readonly states: readonly string[];
  /** The state that each channel has. */
  readonly stateOf: ReadonlyMap<string, string>;
}

/** Counts the steps of observed journeys. Paths without a channel say nothing about channels. */
export function learnChain(paths: Iterable<ObservedPath>, maxChannels = MAX_CHANNELS): MarkovChain {
  const observed = [...paths].filter(({ channels }) => channels.length > 0);
  const stateOf = channelStates(observed, maxChannels);
  const exits = new Map<string, Exits>();
  for (const { channels, isConverted } of observed) {
    let state = START;
    for (const channel of channels) {
      const next = stateOf.get(channel) ?? OTHER;
      countStep(exits, state, next);
      state = next;
    }
    countStep(exits, state, isConverted ? CONVERTED : LOST);
  }
  return { exits, states: [...new Set(stateOf.values())], stateOf };
}

/**
 * The probability that a journey which begins ends with a conversion.
 *
 * @param without - A state that is taken away: whoever would have come there is lost.
 */
export function conversionProbability({ exits, states }: MarkovChain, without?: string): number {
  const kept = states.filter((state) => state !== without);
  // x = Q·x + r: to convert from a state is to do so at once, or from the next one.
  const matrix = kept.map((from) =>
    kept.map((to) => (from === to ? 1 : 0) - probability(exits, from, to)),
  );
  const atOnce = kept.map((state) => probability(exits, state, CONVERTED));
  const solved = solveLinear(matrix, atOnce);
  // Every observed path ends, so each state is left for good some day and the matrix is regular.
  if (solved === undefined) throw new Error("the chain has a state that is never left");
  const fromStart = kept.reduce(
    (total, state, place) => total + probability(exits, START, state) * (solved[place] ?? 0),
    0,
  );
  return Math.min(1, Math.max(0, fromStart));
}

/**
 * What is lost without each channel: 1 − P(conversion without it) / P(conversion), 0 to 1, after
 * Anderl et al. 2016. Empty if nothing was ever converted.
 */
export function removalEffects(chain: MarkovChain): RemovalEffects {
  const whole = conversionProbability(chain);
  if (whole === 0) return new Map();
  const byState = new Map(
    chain.states.map((state) => {
      const effect = 1 - conversionProbability(chain, state) / whole;
      return [state, Math.min(1, Math.max(0, effect))];
    }),
  );
  return new Map([...chain.stateOf].map(([channel, state]) => [channel, byState.get(state) ?? 0]));
}

/** The most frequent channels have a state each; of equally frequent ones the first by name. */
function channelStates(
  paths: readonly ObservedPath[],
  maxChannels: number,
): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const { channels } of paths) {
    for (const channel of channels) counts.set(channel, (counts.get(channel) ?? 0) + 1);
  }
  const ranked = [...counts].toSorted(
    ([name, count], [otherName, otherCount]) => otherCount - count || (name < otherName ? -1 : 1),
  );
  const own = ranked.length > maxChannels ? maxChannels - 1 : maxChannels;
  return new Map(ranked.map(([channel], rank) => [channel, rank < own ? channel : OTHER]));
}

function countStep(exits: Map<string, Exits>, from: string, to: string): void {
  const known = exits.get(from) ?? { total: 0, to: new Map<string, number>() };
  known.total += 1;
  known.to.set(to, (known.to.get(to) ?? 0) + 1);
  exits.set(from, known);
}

function probability(exits: ReadonlyMap<string, Exits>, from: string, to: string): number {
  const known = exits.get(from);
  return known === undefined ? 0 : (known.to.get(to) ?? 0) / known.total;
}
