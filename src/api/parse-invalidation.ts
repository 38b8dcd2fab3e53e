import { isName } from "../names.ts";
import { nearestKey } from "../nearest-key.ts";
import { type CacheScope, MAX_REQUEST_SCOPES } from "../wire/cache-feed.ts";
import { scopeTextProblem } from "../wire/cache-scope-problem.ts";
import { type FieldError, invalidBody, type Problem } from "./problem.ts";
import type { JsonObject } from "./read-body.ts";

/** The cache that is meant if none is named: the target of a client's cache by default. */
const DEFAULT_CACHE = "cache";

const SCOPE_MEMBERS = ["key", "prefix", "tag", "all"] as const;

const NAME_RULE =
  "must be the target that the cache's lookups are reported on: 1 to 64 of a-z 0-9 _ . : - " +
  "beginning with a letter or digit";

const ONE_SCOPE = `must have exactly one of ${SCOPE_MEMBERS.join(", ")}`;

/** What somebody wants to become invalid. */
export interface AskedInvalidation {
  readonly cache: string;
  readonly scopes: readonly CacheScope[];
}

/**
 * Reads the body of `POST /api/performance/cache-invalidate`: one scope, as `{"key":"…"}`, or
 * several, as `{"scopes":[{"key":"…"},{"tag":"…"}]}`, and the `cache`. A member that is not known is
 * a fault: something else would become invalid than its author thinks.
 * @returns what is asked, or a 400 that names every fault.
 */
export function parseInvalidation(body: JsonObject): AskedInvalidation | Problem {
  const { cache = DEFAULT_CACHE, scopes: list, ...single } = body;
  const errors: FieldError[] = [];
  if (!isName(cache)) errors.push({ pointer: "/cache", reason: NAME_RULE });
  const scopes: CacheScope[] = [];
  if (list === undefined) {
    scopes.push(...readScope(single, "", ["cache", "scopes"], errors));
  } else {
    // The first is enough to refuse it, and there may be thousands.
    const [key] = Object.keys(single);
    if (key !== undefined) {
      const reason = isScopeMember(key) ? "belongs into the list of scopes" : unknownMember(key);
      errors.push({ pointer: pointerTo("", key), reason });
    }
    scopes.push(...readScopes(list, errors));
  }
  if (errors.length > 0) return invalidBody("The body is no invalidation; see errors.", errors);
  return { cache: String(cache), scopes };
}

/** @param errors - takes what is wrong with them. */
function readScopes(list: unknown, errors: FieldError[]): CacheScope[] {
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_REQUEST_SCOPES) {
    const reason = `must be a list of 1 to ${MAX_REQUEST_SCOPES}; send more in further requests`;
    errors.push({ pointer: "/scopes", reason });
    return [];
  }
  const members: readonly unknown[] = list;
  return members.flatMap((scope, position) => {
    const pointer = `/scopes/${position}`;
    if (isObject(scope)) return readScope(scope, pointer, [], errors);
    errors.push({ pointer, reason: `must be an object, which ${ONE_SCOPE}` });
    return [];
  });
}

/**
 * @param beside - what else an object there may have, for the hint.
 * @param errors - takes what is wrong with it.
 * @returns the scope, or nothing.
 */
function readScope(
  scope: JsonObject,
  pointer: string,
  beside: readonly string[],
  errors: FieldError[],
): CacheScope[] {
  const keys = Object.keys(scope);
  const stranger = keys.find((key) => !isScopeMember(key));
  if (stranger !== undefined) {
    const reason = unknownMember(stranger, beside);
    errors.push({ pointer: pointerTo(pointer, stranger), reason });
    return [];
  }
  const [member] = keys;
  if (member === undefined || keys.length > 1) {
    errors.push({ pointer, reason: ONE_SCOPE });
    return [];
  }
  const read = scopeOf(member, scope[member]);
  if (typeof read !== "string") return [read];
  errors.push({ pointer: pointerTo(pointer, member), reason: read });
  return [];
}

/** @returns the scope, or what is wrong with its value. */
function scopeOf(member: string, value: unknown): CacheScope | string {
  if (member === "all") return value === true ? { kind: "all" } : "must be true";
  const problem = scopeTextProblem(member, value);
  if (problem !== undefined) return problem;
  const text = String(value);
  if (member === "key") return { kind: "key", key: text };
  return member === "prefix" ? { kind: "prefix", prefix: text } : { kind: "tag", tag: text };
}

function unknownMember(key: string, beside: readonly string[] = ["cache", "scopes"]): string {
  const known = [...SCOPE_MEMBERS, ...beside];
  const nearest = nearestKey(key.slice(0, 100), known);
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return `is not known; there are ${known.join(", ")}${hint}`;
}

/** A JSON Pointer to a member (RFC 6901, section 4), whose name is cut if it is long. */
function pointerTo(object: string, key: string): string {
  return `${object}/${key.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function isScopeMember(key: string): boolean {
  return SCOPE_MEMBERS.some((member) => member === key);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
