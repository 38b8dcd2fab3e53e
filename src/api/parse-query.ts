import { isName, WHOLE_TARGET } from "../names.ts";
import { invalidQuery, Problem } from "./problem.ts";

/**
 * Readers of single query parameters. Each returns undefined for a parameter that is absent and a
 * 400 that names it for one that is wrong, or is given more than once.
 */
type Read<Value> = Value | undefined | Problem;

/** Most entries of a list in one parameter. */
export const MAX_LIST_LENGTH = 64;

/** Latest point in time that a JavaScript date can hold, epoch milliseconds. */
const MAX_EPOCH_MS = 8.64e15;

const NAME_RULE = "1 to 64 of a-z 0-9 _ . : - beginning with a letter or digit";

/** Makes a parameter that must be there of one that may be. */
export function required<Value>(name: string, value: Read<Value>): Value | Problem {
  return value === undefined ? invalidQuery(name, "is required") : value;
}

/** A point in time, epoch milliseconds. */
export function queryEpochMs(query: URLSearchParams, name: string): Read<number> {
  const text = only(query, name);
  if (typeof text !== "string") return text;
  const epochMs = /^\d{1,16}$/.test(text) ? Number(text) : Infinity;
  if (epochMs <= MAX_EPOCH_MS) return epochMs;
  return invalidQuery(
    name,
    "must be a point in time in whole epoch milliseconds, as 1795190000000",
  );
}

/** The start of a day in UTC, written `YYYY-MM-DD`, epoch milliseconds. */
export function queryDay(query: URLSearchParams, name: string): Read<number> {
  const text = only(query, name);
  if (typeof text !== "string") return text;
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  // The 31st of a short month would be read as the first of the next one.
  if (at >= 0 && new Date(at).toISOString().startsWith(text)) return at;
  return invalidQuery(name, "must be a day in UTC, as 2026-11-20");
}

/** An integer from `min` to `max`, both included. */
export function queryInteger(
  query: URLSearchParams,
  name: string,
  min: number,
  max: number,
): Read<number> {
  const text = only(query, name);
  if (typeof text !== "string") return text;
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  return invalidQuery(name, `must be an integer from ${min} to ${max}`);
}

/** One of `choices`. */
export function queryChoice<Choice extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): Read<Choice> {
  const text = only(query, name);
  if (typeof text !== "string") return text;
  const choice = choices.find((candidate) => candidate === text);
  return choice ?? invalidQuery(name, `must be one of ${choices.join(", ")}`);
}

/** Some of `choices`, separated by commas; each once, in the order given. */
export function queryChoices<Choice extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): Read<readonly Choice[]> {
  const entries = list(query, name);
  if (entries === undefined || entries instanceof Problem) return entries;
  const chosen = entries.flatMap((entry) => choices.find((candidate) => candidate === entry) ?? []);
  if (chosen.length === entries.length) return chosen;
  return invalidQuery(name, `must be a list of ${choices.join(", ")}, separated by commas`);
}

/** The name of a target, an operation, a reporter or a tenant. */
export function queryName(query: URLSearchParams, name: string): Read<string> {
  const text = only(query, name);
  if (typeof text !== "string" || isName(text)) return text;
  return invalidQuery(name, `must be a name: ${NAME_RULE}`);
}

/** The name of an operation, or `*` for the whole target. */
export function queryOperation(query: URLSearchParams, name: string): Read<string> {
  const text = only(query, name);
  if (typeof text !== "string" || text === WHOLE_TARGET || isName(text)) return text;
  return invalidQuery(
    name,
    `must be ${WHOLE_TARGET} for the whole target, or a name: ${NAME_RULE}`,
  );
}

/** At most {@link MAX_LIST_LENGTH} names, separated by commas; each once, in the order given. */
export function queryNames(query: URLSearchParams, name: string): Read<readonly string[]> {
  const entries = list(query, name);
  if (entries === undefined || entries instanceof Problem || entries.every(isName)) return entries;
  return invalidQuery(name, `must be names separated by commas, each ${NAME_RULE}`);
}

/** At most {@link MAX_LIST_LENGTH} names, each in a parameter of its own; each once. */
export function queryEachName(query: URLSearchParams, name: string): Read<readonly string[]> {
  const entries = [...new Set(query.getAll(name))];
  if (entries.length === 0) return undefined;
  if (entries.length > MAX_LIST_LENGTH) {
    return invalidQuery(name, `may be given at most ${MAX_LIST_LENGTH} times`);
  }
  return entries.every(isName) ? entries : invalidQuery(name, `must be a name: ${NAME_RULE}`);
}

/** `1` or `true`, `0` or `false`. */
export function queryBoolean(query: URLSearchParams, name: string): Read<boolean> {
  const text = only(query, name);
  if (typeof text !== "string") return text;
  if (text === "1" || text === "true") return true;
  if (text === "0" || text === "false") return false;
  return invalidQuery(name, "must be 1, 0, true or false");
}

function only(query: URLSearchParams, name: string): Read<string> {
  const [text, ...more] = query.getAll(name);
  return more.length === 0 ? text : invalidQuery(name, "must be given once");
}

function list(query: URLSearchParams, name: string): Read<readonly string[]> {
  const text = only(query, name);
  if (typeof text !== "string") return text;
  const entries = text.split(",").map((entry) => entry.trim());
  if (entries.length <= MAX_LIST_LENGTH) return [...new Set(entries)];
  return invalidQuery(name, `may list at most ${MAX_LIST_LENGTH} entries`);
}
