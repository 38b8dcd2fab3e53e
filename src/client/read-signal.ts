import { MAX_RETRY_AFTER_MS, type PlatformSignal } from "../wire/permits.ts";
import { parseRetryAfter } from "../wire/retry-after.ts";
import { tellingSignal } from "./telling-signal.ts";

/** The part of a response that tells about limits. */
export interface SignalSource {
  readonly status: number;
  readonly headers: Pick<Headers, "get">;
}

/** What the body says about the limit: that it refused this call. */
export interface BodyRefusal {
  /** The error code that said so. */
  readonly code?: number | undefined;
}

/** A header that is longer is not read. Meta's usage lists up to 32 accounts. */
const MAX_HEADER_LENGTH = 32_768;

/** Whole or not: what is left of a window, and when it ends. */
const NUMBER = /^\d{1,15}(\.\d{1,9})?$/;

/**
 * A quoted policy with its parameters, and two of these, as the IETF draft's `RateLimit` has them.
 */
const RATE_LIMIT_ITEM = /"[^"]*"([^",]*)/g;
const REMAINING = /;\s*r=(\d{1,15})(?![\d.])/;
const RESET = /;\s*t=(\d{1,15})(?![\d.])/;

/** What some headers say: how long to wait if at all, and which share of the limit is used. */
interface Usage {
  readonly usedPercent: number;
  /** How long until there is room again, in milliseconds; 0 if they do not say. */
  readonly regainMs: number;
}

/**
 * What a platform's answer says about its limit: 429, 503 with `Retry-After`, `X-RateLimit-*`, the
 * IETF draft's `RateLimit`, and Meta's `X-App-Usage`, `X-Business-Use-Case-Usage` and
 * `X-Ad-Account-Usage`. What cannot be read is passed over.
 *
 * @param nowMs - Epoch milliseconds, to tell how far ahead a date is.
 * @param refusal - Given if the body refuses the call for the limit, which no header need say. Then
 * `Retry-After` counts under any status.
 * @returns undefined when it says nothing, or less than 80 % is used.
 */
export function readSignal(
  { status, headers }: SignalSource,
  nowMs: number,
  refusal?: BodyRefusal,
): PlatformSignal | undefined {
  if (!(status >= 100 && status <= 599)) return undefined;
  const retryAfter = read(headers, "retry-after");
  const isRefused =
    refusal !== undefined || status === 429 || (status === 503 && retryAfter !== "");
  const askedMs = isRefused ? (parseRetryAfter(retryAfter, nowMs) ?? 0) : 0;
  const resetMs = Math.max(legacyResetMs(headers, nowMs), draftResetMs(headers));
  const { usedPercent, regainMs } = metaUsage(headers);
  const isLimited = isRefused || resetMs > 0 || regainMs > 0 || usedPercent >= 100;
  // `Retry-After` is meant for this very call, the others for the window.
  const waitMs = askedMs > 0 ? askedMs : Math.max(resetMs, regainMs);
  return tellingSignal({
    status,
    isLimited,
    usedPercent,
    code: refusal?.code,
    ...(isLimited && { retryAfterMs: waitMs }),
  });
}

function read(headers: SignalSource["headers"], name: string): string {
  const text = headers.get(name) ?? "";
  return text.length > MAX_HEADER_LENGTH ? "" : text.trim();
}

/** How long until the window that is used up ends; 0 if it is not, or that is not said. */
function legacyResetMs(headers: SignalSource["headers"], nowMs: number): number {
  const remaining = read(headers, "x-ratelimit-remaining");
  if (!NUMBER.test(remaining) || Number(remaining) > 0) return 0;
  const text = read(headers, "x-ratelimit-reset");
  if (!NUMBER.test(text)) return 0;
  // No standard says what it is: seconds from now, or a point in time in seconds or milliseconds.
  const value = Number(text);
  if (value > 1e12) return Math.max(0, value - nowMs);
  if (value > 1e9) return Math.max(0, value * 1_000 - nowMs);
  return value * 1_000;
}

/** The same of `RateLimit: "policy";r=0;t=30`, the longest of all policies. */
function draftResetMs(headers: SignalSource["headers"]): number {
  const text = read(headers, "ratelimit");
  if (text === "") return 0;
  let longestMs = 0;
  for (const [, parameters = ""] of text.matchAll(RATE_LIMIT_ITEM)) {
    const [, remaining] = REMAINING.exec(parameters) ?? [];
    const [, resetSeconds] = RESET.exec(parameters) ?? [];
    if (remaining === undefined || Number(remaining) > 0) continue;
    longestMs = Math.max(longestMs, Number(resetSeconds ?? 0) * 1_000);
  }
  return longestMs;
}

function metaUsage(headers: SignalSource["headers"]): Usage {
  const app = parse(headers, "x-app-usage");
  const account = parse(headers, "x-ad-account-usage");
  const business = Object.values(parse(headers, "x-business-use-case-usage") ?? {});
  const usages = business.flatMap((entries) => (Array.isArray(entries) ? entries : []));
  let usedPercent = Math.max(shareOf(app), numberAt(account, "acc_id_util_pct"));
  // When nothing is used up, the end of the account's window says nothing about waiting.
  const isUsedUp = numberAt(account, "acc_id_util_pct") >= 100;
  let regainMs = isUsedUp ? numberAt(account, "reset_time_duration") * 1_000 : 0;
  for (const usage of usages) {
    usedPercent = Math.max(usedPercent, shareOf(usage));
    const minutes = numberAt(usage, "estimated_time_to_regain_access");
    regainMs = Math.max(regainMs, minutes * 60_000);
  }
  return { usedPercent, regainMs };
}

function shareOf(usage: unknown): number {
  const [calls, cpu, time] = ["call_count", "total_cputime", "total_time"].map((field) =>
    numberAt(usage, field),
  );
  return Math.max(calls ?? 0, cpu ?? 0, time ?? 0);
}

/** The field's value if it is a number above 0, else 0. */
function numberAt(value: unknown, field: string): number {
  if (typeof value !== "object" || value === null) return 0;
  const found: unknown = Object.getOwnPropertyDescriptor(value, field)?.value;
  return typeof found === "number" && found > 0 ? Math.min(found, MAX_RETRY_AFTER_MS) : 0;
}

function parse(headers: SignalSource["headers"], name: string): object | undefined {
  const text = read(headers, name);
  if (text === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch (error) {
    // Half a header says nothing; the call itself went well.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
