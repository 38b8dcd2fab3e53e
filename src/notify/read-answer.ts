import { parseRetryAfter } from "../wire/retry-after.ts";
import type { ChannelAnswer, Verdict } from "./channel.ts";
import { clip } from "./clip.ts";
import { oneLine } from "./one-line.ts";

/** However long a receiver wants to be left alone, it is asked again after a day. */
const LONGEST_WAIT_MS = 24 * 60 * 60_000;

/** Longest quotation from an answer. */
const MAX_QUOTE_LENGTH = 160;

/** Shorter ones could be a part of any word. */
const MIN_HIDDEN_LENGTH = 6;

const RETRIED = new Set([408, 425, 429]);

const REFUSALS = new Set([401, 403, 404, 410]);

/**
 * What an answer over HTTP means where the receiver's own rules say nothing else: 2xx delivered; 408,
 * 425, 429 and 5xx are worth another attempt; 401, 403, 404 and 410 are a matter of the settings; any
 * other 4xx and every redirect are the end for this message. What is no status is tried again.
 *
 * @param hidden - secrets that the answer may repeat and `detail` must not, see {@link hiddenParts}.
 */
export function readAnswer(answer: ChannelAnswer, hidden: readonly string[] = []): Verdict {
  const { status } = answer;
  const detail = describeAnswer(answer, hidden);
  if (status >= 200 && status < 300) return { kind: "delivered", detail };
  if (status >= 300 && status < 400) {
    return { kind: "dead", detail: `${detail}: a redirect: put the new address into the secret` };
  }
  if (REFUSALS.has(status)) {
    return { kind: "disabled", detail: `${detail}: check the channel's secret and settings` };
  }
  if (status >= 400 && status < 500 && !RETRIED.has(status)) return { kind: "dead", detail };
  return { kind: "retry", detail, ...retryAfter(retryAfterMs(answer)) };
}

/** The status and the first words of an answer, in one line. */
export function describeAnswer(answer: ChannelAnswer, hidden: readonly string[] = []): string {
  const quote = clip(oneLine(hide(answer.body, hidden)).toWellFormed(), MAX_QUOTE_LENGTH);
  return `answered ${String(answer.status)}${quote === "" ? "" : `, "${quote}"`}`;
}

/**
 * What `Retry-After` says, in milliseconds; undefined if it says nothing useful. A date is counted from
 * the answer's own `Date`, so that no two clocks need agree; without that it says nothing.
 */
export function retryAfterMs(answer: ChannelAnswer): number | undefined {
  const text = answer.headers["retry-after"];
  if (text === undefined) return undefined;
  const answeredAt = Date.parse(answer.headers["date"] ?? "");
  return parseRetryAfter(text, answeredAt);
}

/** A wait as a verdict has it: at most {@link LONGEST_WAIT_MS}, and not there if there is none. */
export function retryAfter(waitMs: number | undefined): { readonly retryAfterMs?: number } {
  return waitMs === undefined ? {} : { retryAfterMs: Math.min(waitMs, LONGEST_WAIT_MS) };
}

/**
 * What an answer may repeat of a secret URL, the longest first: an error page often names the path that
 * was asked for, or a parameter, as it was sent or decoded.
 */
export function hiddenParts(secretUrl: string): readonly string[] {
  const url = URL.parse(secretUrl);
  if (url === null) return [secretUrl];
  const { href, pathname, search, searchParams } = url;
  const parameters = [...search.split(/[?&=]/u), ...searchParams.values()];
  return [href, secretUrl, pathname + search, pathname, ...parameters].toSorted(
    (a, b) => b.length - a.length,
  );
}

/** What a JSON body holds, or null if it is none or no object. */
export function jsonObject(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : null;
  } catch {
    // Not JSON: an answer may be anything, and says then what its status says.
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hide(text: string, hidden: readonly string[]): string {
  let shown = text;
  for (const secret of hidden) {
    if (secret.length >= MIN_HIDDEN_LENGTH) shown = shown.replaceAll(secret, "***");
  }
  return shown;
}
