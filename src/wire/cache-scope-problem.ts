import { MAX_SCOPE_CHARACTERS, MAX_TAG_CHARACTERS } from "./cache-feed.ts";
import { isKindName } from "./cache-kind-name.ts";

const SCOPE_KINDS = ["key", "prefix", "tag"];

/**
 * What is wrong with the key, the prefix or the tag of a scope, or undefined. What no entry of any
 * cache can match is wrong: its author would take something for invalid that is not.
 */
export function scopeTextProblem(member: string, text: unknown): string | undefined {
  const most = member === "tag" ? MAX_TAG_CHARACTERS : MAX_SCOPE_CHARACTERS;
  if (typeof text !== "string" || text.length === 0 || text.length > most) {
    return `must be a text of 1 to ${most} characters`;
  }
  if (member === "tag") return undefined;
  const [kind] = text.split(":", 1);
  const hasKey = text.indexOf(":") + 1 < text.length;
  if (member === "key" && (kind === text || !hasKey)) {
    return "must have its kind and a colon before it, as user-journeys:42: no entry is called so";
  }
  if (isKindName(kind)) return undefined;
  return "must begin with a kind, 1 to 64 of a-z 0-9 _ . - and a letter or digit first";
}

/** What is wrong with a scope, or undefined. It may be anything, whatever its type says. */
export function cacheScopeProblem(scope: unknown): string | undefined {
  const kind: unknown = isObject(scope) ? Reflect.get(scope, "kind") : undefined;
  if (kind === "all") return undefined;
  if (!isObject(scope) || typeof kind !== "string" || !SCOPE_KINDS.includes(kind)) {
    return "kind must be key, prefix, tag or all";
  }
  const problem = scopeTextProblem(kind, Reflect.get(scope, kind));
  return problem === undefined ? undefined : `${kind} ${problem}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
