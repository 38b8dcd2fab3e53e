import { HOUR_MS, MINUTE_MS } from "../../../../../src/merge/slot-time.ts";

export const SILENCE_LENGTHS = ["30m", "2h", "8h", "until"] as const;

/** How long a silence lasts: a time from now, or until a moment of choice. */
type SilenceLength = (typeof SILENCE_LENGTHS)[number];

const LENGTHS_MS: Readonly<Record<Exclude<SilenceLength, "until">, number>> = {
  "30m": 30 * MINUTE_MS,
  "2h": 2 * HOUR_MS,
  "8h": 8 * HOUR_MS,
};

/** What somebody wrote into the form, as it stands there. */
export interface SilenceDraft {
  readonly target: string;
  readonly rule: string;
  /** Empty for any. */
  readonly severity: string;
  readonly length: SilenceLength;
  /** A local date and time, as `2026-11-21T18:30`; used with the length `until`. */
  readonly until: string;
  readonly by: string;
  readonly why: string;
}

/** The body of `POST /v1/silences`. `to` is absent where no moment was chosen: the server says so. */
interface SilenceBody {
  readonly match: Readonly<Record<string, string>>;
  readonly to?: number;
  readonly by: string;
  readonly why: string;
}

/** What is sent of a form: what is left empty is not matched. */
export function silenceBody(draft: SilenceDraft, nowMs: number): SilenceBody {
  const { target, rule, severity, length, until } = draft;
  const match = Object.entries({ target, rule, severity })
    .map(([field, text]) => [field, text.trim()] as const)
    .filter(([, text]) => text !== "");
  const to = length === "until" ? new Date(until).getTime() : nowMs + LENGTHS_MS[length];
  return {
    match: Object.fromEntries(match),
    ...(Number.isNaN(to) ? {} : { to }),
    by: draft.by.trim(),
    why: draft.why.trim(),
  };
}
