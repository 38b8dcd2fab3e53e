import { isLimitCode } from "../wire/limit-codes.ts";
import {
  MAX_RETRY_AFTER_MS,
  MAX_SIGNAL_CODE,
  MAX_USED_PERCENT,
  type PlatformSignal,
} from "../wire/permits.ts";
import { parseRetryAfter } from "../wire/retry-after.ts";
import { type FieldError, invalidBody, type Problem } from "./problem.ts";
import type { JsonObject } from "./read-body.ts";

/** Most characters of a `Retry-After` header: a date has 29. */
const MAX_RETRY_AFTER_LENGTH = 100;

/** The status that refuses a call for a limit, whatever else an answer says (RFC 6585). */
const TOO_MANY_REQUESTS = 429;

/**
 * Reads the body of `POST /v1/limits/{target}/feedback`: the `status` of a platform's answer, and
 * what else it said. `retryAfter` is its header as it stands: one that names no point in time that
 * is ahead is no fault of the sender's, and as good as none, and a longer wait than a signal can
 * say is cut. Without `isLimited` the status 429 says it, or a code that the platform uses for it.
 * Other members are ignored.
 *
 * @param target - the platform that answered.
 * @param nowMs - what a date in `retryAfter` is counted from, epoch milliseconds.
 * @returns the signal, or a 400 that names every fault.
 */
export function parseFeedback(
  body: JsonObject,
  target: string,
  nowMs: number,
): PlatformSignal | Problem {
  const { status, usedPercent, code, retryAfter, retryAfterMs } = body;
  const isCode = typeof code === "number" && isLimitCode(target, code);
  const { isLimited = status === TOO_MANY_REQUESTS || isCode } = body;
  const errors = feedbackErrors(body);
  if (errors.length > 0) {
    return invalidBody("The body does not say what the platform answered; see errors.", errors);
  }
  const waitMs =
    typeof retryAfter === "string" ? parseRetryAfter(retryAfter, nowMs) : optional(retryAfterMs);
  return {
    status: Number(status),
    isLimited: isLimited === true,
    retryAfterMs: waitMs === undefined ? undefined : Math.min(waitMs, MAX_RETRY_AFTER_MS),
    usedPercent: optional(usedPercent),
    code: optional(code),
  };
}

function feedbackErrors(body: JsonObject): FieldError[] {
  const { status, isLimited, usedPercent, code, retryAfter, retryAfterMs } = body;
  const errors: FieldError[] = [];
  const check = (name: string, isRight: boolean, reason: string): void => {
    if (!isRight) errors.push({ pointer: `/${name}`, reason });
  };
  check(
    "status",
    Number.isInteger(status) && isBetween(status, 100, 599),
    "must be the answer's HTTP status, an integer from 100 to 599",
  );
  check(
    "retryAfterMs",
    retryAfterMs === undefined || isBetween(retryAfterMs, 0, MAX_RETRY_AFTER_MS),
    `must be a number of milliseconds from 0 to ${MAX_RETRY_AFTER_MS}`,
  );
  const isHeader =
    typeof retryAfter === "string" &&
    retryAfter.length <= MAX_RETRY_AFTER_LENGTH &&
    retryAfterMs === undefined;
  check(
    "retryAfter",
    retryAfter === undefined || isHeader,
    `must be the text of the header, at most ${MAX_RETRY_AFTER_LENGTH} characters, without retryAfterMs`,
  );
  check(
    "usedPercent",
    usedPercent === undefined || isBetween(usedPercent, 0, MAX_USED_PERCENT),
    `must be a number from 0 to ${MAX_USED_PERCENT}: the share of the limit that is used`,
  );
  check(
    "code",
    code === undefined ||
      (Number.isInteger(code) && isBetween(code, -MAX_SIGNAL_CODE, MAX_SIGNAL_CODE)),
    `must be an integer from -${MAX_SIGNAL_CODE} to ${MAX_SIGNAL_CODE}: the error code in the answer's body`,
  );
  check(
    "isLimited",
    isLimited === undefined || typeof isLimited === "boolean",
    "must be true or false: whether the platform refused the call for its limit",
  );
  return errors;
}

/** False for NaN and for infinity, which JSON can say as 1e999. */
function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}

function optional(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}
