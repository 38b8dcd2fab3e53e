import { type CacheScope, MAX_SCOPE_CHARACTERS } from "../wire/cache-feed.ts";

/** What the text of a scope must be, for messages. */
export const SCOPE_TEXT_RULE = `must be a text of 1 to ${MAX_SCOPE_CHARACTERS} characters`;

/** Whether a value may be a scope's key, prefix or tag. */
export function isScopeText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= MAX_SCOPE_CHARACTERS;
}

/** What is wrong with a scope, or undefined. Over RPC it may be anything, whatever its type says. */
export function cacheScopeProblem(scope: CacheScope | null | undefined): string | undefined {
  switch (scope?.kind) {
    case "key":
      return isScopeText(scope.key) ? undefined : `key ${SCOPE_TEXT_RULE}`;
    case "prefix":
      return isScopeText(scope.prefix) ? undefined : `prefix ${SCOPE_TEXT_RULE}`;
    case "tag":
      return isScopeText(scope.tag) ? undefined : `tag ${SCOPE_TEXT_RULE}`;
    case "all":
      return undefined;
    default:
      return "kind must be key, prefix, tag or all";
  }
}
