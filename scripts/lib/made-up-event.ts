import { eventPlatforms } from "./event-platforms.ts";

/** An event that the traffic generator sends. */
export interface MadeUpEvent {
  readonly event: string;
  readonly id: string;
  readonly value: number;
  readonly platforms: readonly string[];
  readonly visitor: string;
  readonly channel: string;
}

/** What makes the events of one run its own. */
export interface EventSeries {
  readonly ratePerSecond: number;
  /** Begins the ids of its visitors: letters, digits, `-` and `_`. */
  readonly run: string;
}

const EVENTS = ["PageView", "ViewContent", "AddToCart", "InitiateCheckout", "Lead", "Purchase"];

/** The better a channel, the more often it is there. */
const CHANNELS = ["search", "search", "search", "social", "social", "email", "display", "direct"];

/** Visitors that are there at a time. */
const CROWD = 24;
/** Events after which the one who has been there for longest goes, and a new one comes. */
const EVENTS_PER_VISITOR = 8;

/** The `number`-th event of a run, counted from 1: whose it is and how he came looks like chance. */
export function madeUpEvent(
  { ratePerSecond, run }: EventSeries,
  number: number,
  id: string,
): MadeUpEvent {
  const event = EVENTS[number % EVENTS.length] ?? "PageView";
  const value = event === "Purchase" ? 10 + (number % 90) : 0;
  const platforms = eventPlatforms(number - 1, ratePerSecond);
  const mixed = mix(number);
  const visitor = `${run}-${Math.floor(number / EVENTS_PER_VISITOR) + (mixed % CROWD)}`;
  const channel = CHANNELS[(mixed >>> 8) % CHANNELS.length] ?? "direct";
  return { event, id, value, platforms, visitor, channel };
}

/** Whole numbers below 2^32 that look like chance: the end of MurmurHash3 (Austin Appleby). */
function mix(number: number): number {
  let mixed = number >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
