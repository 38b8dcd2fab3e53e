import { splitHistory, type StoredConversion } from "./history.ts";
import type { Touchpoint } from "./journey.ts";
import type { ObservedPath } from "./markov-chain.ts";

export interface ObservedTouch extends Touchpoint {
  readonly visitor: string;
}

export interface ObservedConversion {
  readonly visitor: string;
  readonly at: number;
}

/** The paths of many visitors, of their touchpoints and conversions, each in order. */
export function observedPaths(
  touches: readonly ObservedTouch[],
  conversions: readonly ObservedConversion[],
): readonly ObservedPath[] {
  const histories = new Map<
    string,
    { touchpoints: Touchpoint[]; conversions: StoredConversion[] }
  >();
  for (const { visitor, channel, at } of touches) {
    const known = histories.get(visitor);
    if (known === undefined) {
      histories.set(visitor, { touchpoints: [{ channel, at }], conversions: [] });
    } else known.touchpoints.push({ channel, at });
  }
  for (const { visitor, at } of conversions) {
    histories.get(visitor)?.conversions.push({ id: "", at, value: 0 });
  }
  return [...histories.values()].flatMap((history) =>
    splitHistory({
      ...history,
      touchpoints: history.touchpoints.toSorted((one, other) => one.at - other.at),
    }).map(({ touchpoints, conversion }) => ({
      channels: touchpoints.map(({ channel }) => channel),
      isConverted: conversion !== null,
    })),
  );
}
