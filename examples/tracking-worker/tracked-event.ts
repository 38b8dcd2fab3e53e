import * as v from "valibot";

/** The platforms that an event can be forwarded to. */
export const PLATFORM_NAMES = ["meta", "google", "tiktok", "pinterest", "reddit"] as const;

export type PlatformName = (typeof PLATFORM_NAMES)[number];

/** Calls that may fail before an event is given up as dead, unless it says less itself. */
export const MAX_ATTEMPTS = 8;

/** What an event may be worth: far above every order, and far below where sums of them overflow. */
export const MAX_VALUE = 1e9;

/** An opaque id: no room for an address or a name with a space in it. */
const VISITOR = /^[A-Za-z0-9_-]{1,64}$/;
const CHANNEL = /^[a-z0-9][a-z0-9_-]{0,31}$/;

const text = (maxLength: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(maxLength));

const eventSchema = v.object({
  /** What happened, for example `Purchase`. */
  event: text(64),
  /** Tells repeats of one event apart from new ones. */
  id: v.optional(text(128)),
  /** What it is worth. */
  value: v.optional(
    v.pipe(v.number(), v.minValue(0, "is below 0"), v.maxValue(MAX_VALUE, `is above ${MAX_VALUE}`)),
  ),
  /** Where it goes; all platforms when not said. */
  platforms: v.optional(
    v.pipe(
      v.array(v.picklist(PLATFORM_NAMES)),
      v.minLength(1),
      v.check((names) => new Set(names).size === names.length, "names a platform twice"),
    ),
  ),
  /** How often a platform may fail it before it is given up as dead. */
  maxAttempts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_ATTEMPTS))),
  /** Whose journey it belongs to; stored in none when missing. */
  visitor: v.optional(
    v.pipe(v.string(), v.regex(VISITOR, "is not 1 to 64 letters, digits, - and _")),
  ),
  /** How the visitor came; a touchpoint of the journey. */
  channel: v.optional(v.pipe(v.string(), v.regex(CHANNEL, "is not 1 to 32 of a-z, 0-9, - and _"))),
});

/** An event on its way. */
export interface TrackedEvent {
  readonly event: string;
  readonly id: string;
  readonly value: number | undefined;
  readonly platforms: readonly PlatformName[];
  readonly maxAttempts: number;
  readonly visitor?: string | undefined;
  readonly channel?: string | undefined;
}

/** What a platform is told of an event. */
export interface OccurredEvent extends Pick<TrackedEvent, "event" | "id" | "value"> {
  /** When it happened, epoch milliseconds: it may be sent much later. */
  readonly at: number;
}

/** One thing that is wrong with a body, in the form of RFC 9457. */
export interface FieldError {
  /** A JSON pointer into the body. */
  readonly pointer: string;
  readonly reason: string;
}

export type ParsedEvent =
  | { readonly ok: true; readonly event: TrackedEvent }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Checks the body of `POST /track`; `newId` names an event that brings no id. */
export function parseEvent(body: unknown, newId: () => string): ParsedEvent {
  const parsed = v.safeParse(eventSchema, body);
  if (!parsed.success) {
    const errors = parsed.issues.map((issue) => ({
      pointer: issue.path?.map(({ key }) => `/${String(key)}`).join("") ?? "",
      reason: issue.message,
    }));
    return { ok: false, errors };
  }
  const { event, id = newId(), value, platforms = PLATFORM_NAMES } = parsed.output;
  const { maxAttempts = MAX_ATTEMPTS, visitor, channel } = parsed.output;
  return { ok: true, event: { event, id, value, platforms, maxAttempts, visitor, channel } };
}
