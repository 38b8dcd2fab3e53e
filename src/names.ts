/** Longest name, in characters: the pattern's first and the 63 that it has after it. */
export const MAX_NAME_LENGTH = 64;

/** What a target, an operation, a reporter or a tenant may be called. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9_.:-]{0,63}$/;

/** The operation of a series that is the whole target. It is no valid name, so nobody can report it. */
export const WHOLE_TARGET = "*";

/** The operation that takes in those beyond a target's limit. */
export const OVERFLOW_OPERATION = "other";

/** Whether `value` may name a target, an operation, a reporter or a tenant. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_NAME_LENGTH && NAME_PATTERN.test(value);
}
