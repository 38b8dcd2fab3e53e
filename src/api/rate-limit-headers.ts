import type { LimitView } from "../wire/permits.ts";

/** What the headers tell of a limit. */
export interface RateLimit {
  /** Names the limit: the target, or `api` for that of this API itself. A name, so it needs no escape. */
  readonly policy: string;
  /** Most permits that the bucket holds. */
  readonly capacity: number;
  readonly refillPerMinute: number;
  /** Whole permits that are there. */
  readonly available: number;
  /** How long until the bucket is full again, in milliseconds. */
  readonly resetMs: number;
  /** How long until there is one permit more, in milliseconds; null if none comes by itself. */
  readonly nextMs: number | null;
}

/**
 * What a bucket's view tells.
 * @param retryAfterMs - what a denial said: more cannot be far behind what succeeds then.
 */
export function rateLimitOf(
  view: LimitView,
  resetMs: number,
  nowMs: number,
  retryAfterMs = Infinity,
): RateLimit {
  const { target: policy, capacity, refillPerMinute, available } = view;
  const nextMs = untilNextMs(view, resetMs, nowMs);
  return {
    policy,
    capacity,
    refillPerMinute,
    available,
    resetMs,
    nextMs: nextMs === null ? null : Math.min(nextMs, retryAfterMs),
  };
}

/**
 * Writes a limit into an answer's headers: `RateLimit-Policy` and `RateLimit` of
 * draft-ietf-httpapi-ratelimit-headers-10 (sections 3 and 4: `q` is the capacity, `w` the seconds
 * in which an empty bucket fills, `r` the permits that are there, `t` the seconds until there is
 * more) and the customary `X-RateLimit-*`, whose reset is the seconds until the bucket is full.
 * Both fields of the draft are lists, so a second limit stands beside the first; of the others an
 * answer has one, and keeps it.
 */
export function setRateLimitHeaders(headers: Headers, limit: RateLimit): void {
  const { policy, capacity, refillPerMinute, available, resetMs, nextMs } = limit;
  const window = Math.ceil((capacity * 60) / refillPerMinute);
  // A window must not be zero, and a bucket that nothing refills has none.
  const w = refillPerMinute > 0 && window > 0 ? `;w=${window}` : "";
  const t = nextMs === null ? "" : `;t=${toSeconds(nextMs)}`;
  headers.append("RateLimit-Policy", `"${policy}";q=${capacity}${w}`);
  headers.append("RateLimit", `"${policy}";r=${available}${t}`);
  if (headers.has("X-RateLimit-Limit")) return;
  headers.set("X-RateLimit-Limit", String(capacity));
  headers.set("X-RateLimit-Remaining", String(available));
  headers.set("X-RateLimit-Reset", String(toSeconds(resetMs)));
}

/** At most as long as a whole permit takes: how much of one is there already is not known. */
function untilNextMs(view: LimitView, resetMs: number, nowMs: number): number | null {
  if (view.capacity === 0) return null;
  if (view.blockedUntil !== null) return Math.max(0, view.blockedUntil - nowMs);
  const perMinute = view.refillPerMinute * view.refillRate;
  return resetMs === 0 || perMinute === 0 ? null : Math.min(resetMs, 60_000 / perMinute);
}

function toSeconds(durationMs: number): number {
  return Math.ceil(Math.max(0, durationMs) / 1_000);
}
