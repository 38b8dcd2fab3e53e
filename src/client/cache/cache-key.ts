import { MAX_SCOPE_CHARACTERS, MAX_TAG_CHARACTERS } from "../../wire/cache-feed.ts";

/** Most tags of an entry. */
export const MAX_TAGS = 16;

/**
 * `KIND:KEY`, which is what an invalidation names: so both together have at most
 * {@link MAX_SCOPE_CHARACTERS}.
 * @param kind a kind's name: it has no colon, so no two pairs have one full key
 * @throws TypeError if the key is no string, RangeError if it is empty or too long.
 */
export function fullKeyOf(kind: string, key: string): string {
  if (typeof key !== "string") {
    throw new TypeError(`a cache's key must be a string, not ${typeof key}: turn it into one`);
  }
  const full = `${kind}:${key}`;
  if (key.length > 0 && full.length <= MAX_SCOPE_CHARACTERS) return full;
  throw new RangeError(
    key.length === 0
      ? "a cache's key must not be empty: name what is cached"
      : `a cache's kind and key have ${full.length} characters, at most ${MAX_SCOPE_CHARACTERS} ` +
          "are possible: use a hash of the long part",
  );
}

/**
 * The tags, each once.
 * @throws TypeError or RangeError that says what a tag may be.
 */
export function checkedTags(tags: readonly string[] | undefined): readonly string[] {
  if (tags === undefined) return [];
  if (!Array.isArray(tags)) throw new TypeError("a cache entry's tags must be a list of strings");
  if (tags.length > MAX_TAGS) {
    throw new RangeError(`an entry may have at most ${MAX_TAGS} tags, not ${tags.length}`);
  }
  for (const tag of tags) {
    if (typeof tag !== "string" || tag.length === 0 || tag.length > MAX_TAG_CHARACTERS) {
      throw new RangeError(
        `a cache's tag must be a string of 1 to ${MAX_TAG_CHARACTERS} characters`,
      );
    }
  }
  return [...new Set(tags)];
}
