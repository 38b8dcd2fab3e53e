import * as v from "valibot";
import { NAME_PATTERN } from "../names.ts";
import { WINDOW_NAMES, type WindowName } from "../merge/series-state.ts";

/** What a subscriber wants to see. Two equal filters share one serialisation of each frame. */
export interface StreamFilter {
  /** Only these targets; all if absent. */
  readonly targets?: readonly string[] | undefined;
  readonly windows: readonly WindowName[];
  /** Whether windows carry their histogram. */
  readonly histograms: boolean;
}

/** Where a subscriber left off. */
export interface StreamCursor {
  readonly epoch: string;
  readonly seq: number;
}

export const EVERYTHING: StreamFilter = { windows: WINDOW_NAMES, histograms: false };

const MAX_TARGETS = 64;

const FILTER_FIELDS = {
  targets: v.optional(
    v.pipe(v.array(v.pipe(v.string(), v.regex(NAME_PATTERN))), v.maxLength(MAX_TARGETS)),
  ),
  windows: v.optional(v.pipe(v.array(v.picklist(WINDOW_NAMES)), v.minLength(1), v.maxLength(3))),
  histograms: v.optional(v.boolean()),
};

const FilterSchema = v.object(FILTER_FIELDS);

const SubscribeSchema = v.object({
  type: v.literal("subscribe"),
  ...FILTER_FIELDS,
  resume: v.optional(
    v.object({
      epoch: v.pipe(v.string(), v.maxLength(64)),
      seq: v.pipe(v.number(), v.integer(), v.minValue(0)),
    }),
  ),
});

/** What the fields of a message may be. */
const RULES: ReadonlyMap<unknown, string> = new Map([
  ["type", 'must be "subscribe" or "ping"'],
  [
    "targets",
    `must be a list of at most ${MAX_TARGETS} names, each 1 to 64 of a-z 0-9 _ . : - beginning with a letter or digit`,
  ],
  ["windows", `must be a list of some of ${WINDOW_NAMES.join(", ")}`],
  ["histograms", "must be true or false"],
  ["resume", 'must be {"epoch":"…","seq":n}, as the last frame had them'],
]);

/** A message that a subscriber may send. */
export type ClientMessage =
  | { readonly type: "ping" }
  | {
      readonly type: "subscribe";
      readonly filter: StreamFilter;
      readonly resume: StreamCursor | undefined;
    }
  | { readonly type: "invalid"; readonly reason: string };

/** Reads a subscriber's message; whatever it is, the answer is one of three. */
export function parseClientMessage(text: string): ClientMessage {
  if (text === "ping") return { type: "ping" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { type: "invalid", reason: 'not JSON; send ping, or {"type":"subscribe",…}' };
  }
  if (v.is(v.object({ type: v.literal("ping") }), value)) return { type: "ping" };
  const parsed = v.safeParse(SubscribeSchema, value);
  if (!parsed.success) {
    const field = parsed.issues[0].path?.[0].key;
    const rule = RULES.get(field);
    const reason =
      rule === undefined
        ? 'not an object; send ping, or {"type":"subscribe",…}'
        : `${String(field)} ${rule}`;
    return { type: "invalid", reason };
  }
  const { targets, windows, histograms, resume } = parsed.output;
  return { type: "subscribe", filter: streamFilter({ targets, windows, histograms }), resume };
}

/** A filter that was stored, perhaps by another version: everything if it cannot be read. */
export function parseStoredFilter(value: unknown): StreamFilter {
  const parsed = v.safeParse(FilterSchema, value);
  return parsed.success ? streamFilter(parsed.output) : EVERYTHING;
}

/** When a token expires, as it was stored beside a filter; never if nothing is said of it. */
export function parseStoredExpiry(value: unknown): number {
  const parsed = v.safeParse(v.object({ expiresAt: v.number() }), value);
  return parsed.success ? parsed.output.expiresAt : Infinity;
}

/** A filter in its one canonical form: sorted, without repeats, defaults filled in. */
export function streamFilter(wanted: {
  readonly targets?: readonly string[] | undefined;
  readonly windows?: readonly WindowName[] | undefined;
  readonly histograms?: boolean | undefined;
}): StreamFilter {
  const windows = wanted.windows ?? WINDOW_NAMES;
  return {
    targets: wanted.targets === undefined ? undefined : [...new Set(wanted.targets)].toSorted(),
    windows: WINDOW_NAMES.filter((window) => windows.includes(window)),
    histograms: wanted.histograms ?? false,
  };
}

/** One string per distinct filter. */
export function filterKey({ targets, windows, histograms }: StreamFilter): string {
  return `${targets?.join(",") ?? "*"}|${windows.join(",")}|${histograms ? 1 : 0}`;
}

/** `EPOCH:SEQ`, as in a resume parameter or an SSE id; undefined if it is not that. */
export function parseCursor(text: string): StreamCursor | undefined {
  const match = /^([0-9a-zA-Z-]{1,64}):(\d{1,15})$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  return { epoch: match[1], seq: Number(match[2]) };
}
