import type { CacheInvalidation, CacheLogAnswer, CacheScope } from "../../wire/cache-feed.ts";

/** What an object may hold where its type says otherwise: it came from another Worker. */
type Unchecked = Readonly<Record<string, unknown>>;

/**
 * The answer if it is one. It comes from another Worker, maybe of another version: what cannot be
 * read counts as no answer.
 *
 * @param since - The version that was asked for.
 */
export function readCacheLogAnswer(answer: unknown, since: number): CacheLogAnswer | undefined {
  if (!isObject(answer)) return undefined;
  const { ok, head, from, entries, reason, detail } = answer;
  if (ok === false) {
    if (reason !== "unavailable" && reason !== "invalid") return undefined;
    return { ok, reason, detail: typeof detail === "string" ? detail : "it does not say why" };
  }
  if (ok !== true || !isVersion(head) || !isVersion(from) || from > head) return undefined;
  const read = readEntries(entries, since, head);
  return read === undefined ? undefined : { ok, head, from, entries: read };
}

/** @returns undefined unless their versions grow, from above `since` up to `head` at most. */
function readEntries(
  entries: unknown,
  since: number,
  head: number,
): CacheInvalidation[] | undefined {
  if (!Array.isArray(entries)) return undefined;
  const list: readonly unknown[] = entries;
  const read: CacheInvalidation[] = [];
  let last = since;
  for (const entry of list) {
    if (!isObject(entry)) return undefined;
    const { version, cache, scope, isFloor } = entry;
    if (!isVersion(version) || version <= last || version > head) return undefined;
    if (typeof cache !== "string") return undefined;
    const about = { version, cache, scope: readScope(scope) };
    read.push(isFloor === true ? { ...about, isFloor } : about);
    last = version;
  }
  return read;
}

/**
 * A scope of a kind that this version does not know counts as all of the cache: too much is loaded
 * again, and nothing that is invalid is served.
 */
function readScope(scope: unknown): CacheScope {
  const { kind, key, prefix, tag }: Unchecked = isObject(scope) ? scope : {};
  if (kind === "key" && typeof key === "string") return { kind, key };
  if (kind === "prefix" && typeof prefix === "string") return { kind, prefix };
  if (kind === "tag" && typeof tag === "string") return { kind, tag };
  return { kind: "all" };
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isObject(value: unknown): value is Unchecked {
  return typeof value === "object" && value !== null;
}
