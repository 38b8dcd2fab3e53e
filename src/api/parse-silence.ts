import { SEVERITIES, type Severity } from "../alerts/rule.ts";
import type { Silence, SilenceMatch } from "../alerts/silence.ts";
import { DAY_MS } from "../merge/slot-time.ts";
import { isName } from "../names.ts";
import { nearestKey } from "../nearest-key.ts";
import { BY_RULE, isPrintable, MAX_BY, MAX_WHY } from "./printable.ts";
import { type FieldError, invalidBody, type Problem } from "./problem.ts";
import type { JsonObject } from "./read-body.ts";

/** The longest that a silence may be, and the furthest ahead that it may end. */
export const MAX_SILENCE_MS = 366 * DAY_MS;

const MATCH_FIELDS = ["target", "rule", "severity"] as const;

const NAME_RULE = "must be a name: 1 to 64 of a-z 0-9 _ . : - beginning with a letter or digit";

const TIME_RULE = "must be a point in time in whole epoch milliseconds, as 1795190000000";

/**
 * Reads the body of `POST /v1/silences`. `from` is now if it is not given.
 * Members beside those of a silence are ignored, but not within `match`: there a member that is not
 * known would make the silence wider than its author thinks.
 * @returns the silence, or a 400 that names every fault.
 */
export function parseSilence(body: JsonObject, nowMs: number): Omit<Silence, "id"> | Problem {
  const { by, why } = body;
  const errors: FieldError[] = [];
  const match = readMatch(body["match"], errors);
  const from = body["from"] === undefined ? nowMs : readTime(body["from"], "/from", errors);
  const to = readTime(body["to"], "/to", errors);
  if (from !== undefined && to !== undefined) checkTimes(from, to, nowMs, errors);
  if (!isPrintable(by, MAX_BY)) errors.push({ pointer: "/by", reason: BY_RULE });
  if (!isPrintable(why, MAX_WHY)) {
    const reason = `must say why: 1 to ${MAX_WHY} printable characters`;
    errors.push({ pointer: "/why", reason });
  }
  if (errors.length > 0 || from === undefined || to === undefined) {
    return invalidBody("The body is no silence; see errors.", errors);
  }
  return { match, from, to, by: String(by), why: String(why) };
}

/** @param errors - takes what is wrong with it. */
function readMatch(value: unknown, errors: FieldError[]): SilenceMatch {
  const fault = (pointer: string, reason: string): void => {
    errors.push({ pointer: `/match${pointer}`, reason });
  };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fault("", `must be an object with at least one of ${MATCH_FIELDS.join(", ")}`);
    return {};
  }
  const given = new Map<string, unknown>(Object.entries(value));
  for (const key of given.keys()) {
    if (MATCH_FIELDS.some((field) => field === key)) continue;
    const nearest = nearestKey(key, MATCH_FIELDS);
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    const pointer = `/${key.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`;
    fault(pointer, `is not known; there are ${MATCH_FIELDS.join(", ")}${hint}`);
  }
  if (given.size === 0) fault("", `must have at least one of ${MATCH_FIELDS.join(", ")}`);
  const [target, rule, severity] = MATCH_FIELDS.map((field) => given.get(field));
  if (target !== undefined && !isName(target)) fault("/target", NAME_RULE);
  if (rule !== undefined && !isName(rule)) fault("/rule", NAME_RULE);
  if (severity !== undefined && !isSeverity(severity)) {
    fault("/severity", `must be one of ${SEVERITIES.join(", ")}`);
  }
  return {
    ...(isName(target) && { target }),
    ...(isName(rule) && { rule }),
    ...(isSeverity(severity) && { severity }),
  };
}

/** @param errors - takes what is wrong with it. */
function readTime(value: unknown, pointer: string, errors: FieldError[]): number | undefined {
  // The last millisecond that a date can have.
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 8.64e15) {
    return Number(value);
  }
  errors.push({
    pointer,
    reason: value === undefined ? `is required: it ${TIME_RULE}` : TIME_RULE,
  });
  return undefined;
}

function checkTimes(from: number, to: number, nowMs: number, errors: FieldError[]): void {
  const days = MAX_SILENCE_MS / DAY_MS;
  const fault = (reason: string): void => {
    errors.push({ pointer: "/to", reason });
  };
  if (to <= from) fault("must be after from");
  else if (to <= nowMs) fault("must be in the future: this silence would be over already");
  else if (to - nowMs > MAX_SILENCE_MS) fault(`must be at most ${days} days from now`);
  else if (to - from > MAX_SILENCE_MS) fault(`must be at most ${days} days after from`);
}

function isSeverity(value: unknown): value is Severity {
  return SEVERITIES.some((severity) => severity === value);
}
