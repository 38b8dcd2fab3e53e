import { type Journey, orderTouchpoints, type Touchpoint } from "./journey.ts";
import { dataDriven, type RemovalEffects } from "./models/data-driven.ts";
import { firstClick } from "./models/first-click.ts";
import { lastClick } from "./models/last-click.ts";
import { linear } from "./models/linear.ts";
import { DEFAULT_HALF_LIFE_MS, timeDecay } from "./models/time-decay.ts";
import { uShape } from "./models/u-shape.ts";
import { wShape } from "./models/w-shape.ts";
import { type Credits, shareOut, WHOLE_MILLIONTHS } from "./share-out.ts";

/** The ways to credit channels, by the names that the API has for them. */
export const MODELS = [
  "last-click",
  "first-click",
  "linear",
  "time-decay",
  "u-shape",
  "w-shape",
  "data-driven",
] as const;

export type Model = (typeof MODELS)[number];

/** Who is credited with what nobody is known to have caused. */
export const DIRECT = "direct";

export interface AttributionOptions {
  /** What the data-driven model knows; without it that model is as linear. */
  readonly effects?: RemovalEffects;
  /** Of the time-decay model, in milliseconds. Default: a week. */
  readonly halfLifeMs?: number;
}

export interface Attribution {
  /** Empty when there is no conversion; else all channels of the journey, those with 0 too. */
  readonly credits: Credits;
  /** Touchpoints that were left out: see `orderTouchpoints`. */
  readonly ignored: number;
}

/**
 * Credits the channels of a journey with its conversion, under one model. Takes time in proportion
 * to the number of touchpoints if they are in order. A journey without touchpoints is `direct`.
 */
export function attribute(
  model: Model,
  journey: Journey,
  options: AttributionOptions = {},
): Attribution {
  const { touchpoints, ignored } = orderTouchpoints(journey);
  if (journey.conversion === null) return { credits: new Map(), ignored };
  if (touchpoints.length === 0) return { credits: new Map([[DIRECT, WHOLE_MILLIONTHS]]), ignored };
  const weights = touchpointWeights(model, touchpoints, options);
  const byChannel = new Map<string, number>();
  for (const [place, { channel }] of touchpoints.entries()) {
    byChannel.set(channel, (byChannel.get(channel) ?? 0) + (weights[place] ?? 0));
  }
  return { credits: shareOut(byChannel), ignored };
}

function touchpointWeights(
  model: Model,
  touchpoints: readonly Touchpoint[],
  { effects = new Map(), halfLifeMs = DEFAULT_HALF_LIFE_MS }: AttributionOptions,
): readonly number[] {
  switch (model) {
    case "last-click":
      return lastClick(touchpoints);
    case "first-click":
      return firstClick(touchpoints);
    case "linear":
      return linear(touchpoints);
    case "time-decay":
      return timeDecay(touchpoints, halfLifeMs);
    case "u-shape":
      return uShape(touchpoints);
    case "w-shape":
      return wShape(touchpoints);
    case "data-driven":
      return dataDriven(touchpoints, effects);
  }
}
