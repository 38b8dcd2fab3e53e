import type { CacheScope } from "../../wire/cache-feed.ts";

/**
 * The newest invalidation of everything that was ever made invalid, in order to tell for an entry
 * whether one of them came after it. Of a scope only the newest counts. It costs a look into a map
 * for the key, for each tag, and for each length that prefixes have. It holds at most so many
 * scopes: then of the older half nothing is known any more but that it existed, so every entry from
 * before it counts as invalid.
 */
export class InvalidationLog {
  readonly #maxScopes: number;
  readonly #keys = new Map<string, number>();
  readonly #tags = new Map<string, number>();
  readonly #prefixes = new Map<string, number>();
  readonly #prefixLengths = new Set<number>();
  /** The newest invalidation of everything. */
  #all = 0;
  /** What is older is invalid, because nobody knows better. */
  #floor = 0;

  constructor(maxScopes: number) {
    this.#maxScopes = maxScopes;
  }

  /** How many scopes it tells apart. */
  get size(): number {
    const count = this.#keys.size + this.#tags.size + this.#prefixes.size;
    return this.#all === 0 ? count : count + 1;
  }

  /** @param version above that of every invalidation so far, or one of them again. */
  add(scope: CacheScope, version: number): void {
    switch (scope.kind) {
      case "key":
        this.#keys.set(scope.key, version);
        break;
      case "tag":
        this.#tags.set(scope.tag, version);
        break;
      case "prefix":
        this.#prefixes.set(scope.prefix, version);
        this.#prefixLengths.add(scope.prefix.length);
        break;
      case "all":
        this.#all = Math.max(this.#all, version);
        this.#drop(version);
    }
    if (this.size > this.#maxScopes) this.#forgetOlderHalf();
  }

  /** What became invalid up to a version is not known any more, so all that is older is invalid. */
  raiseFloor(version: number): void {
    if (version <= this.#floor) return;
    this.#floor = version;
    this.#drop(version);
  }

  /** Takes an invalidation back, if it is the newest of its scope. */
  forget(scope: CacheScope, version: number): void {
    const isIt = (at: number | undefined): boolean => at === version;
    if (scope.kind === "key" && isIt(this.#keys.get(scope.key))) this.#keys.delete(scope.key);
    if (scope.kind === "tag" && isIt(this.#tags.get(scope.tag))) this.#tags.delete(scope.tag);
    if (scope.kind === "all" && isIt(this.#all)) this.#all = 0;
    if (scope.kind === "prefix" && isIt(this.#prefixes.get(scope.prefix))) {
      this.#prefixes.delete(scope.prefix);
      this.#measurePrefixes();
    }
  }

  /** Whether an entry of this key and these tags, loaded at `version`, counts as invalid. */
  isInvalid(key: string, tags: readonly string[], version: number): boolean {
    return this.#floor > version || this.isMatched(key, tags, version);
  }

  /** Whether it was made invalid by something that is known, and not for want of knowledge. */
  isMatched(key: string, tags: readonly string[], version: number): boolean {
    if (this.#all > version) return true;
    if ((this.#keys.get(key) ?? 0) > version) return true;
    if (tags.some((tag) => (this.#tags.get(tag) ?? 0) > version)) return true;
    for (const length of this.#prefixLengths) {
      if ((this.#prefixes.get(key.slice(0, length)) ?? 0) > version) return true;
    }
    return false;
  }

  #forgetOlderHalf(): void {
    const versions = [this.#keys, this.#tags, this.#prefixes]
      .flatMap((map) => [...map.values()])
      .toSorted((one, other) => one - other);
    this.raiseFloor(versions[Math.floor(versions.length / 2)] ?? this.#floor);
  }

  /** What is older than a version is invalid in any case. */
  #drop(version: number): void {
    for (const map of [this.#keys, this.#tags, this.#prefixes]) {
      for (const [name, at] of map) if (at <= version) map.delete(name);
    }
    if (this.#all <= this.#floor) this.#all = 0;
    this.#measurePrefixes();
  }

  #measurePrefixes(): void {
    this.#prefixLengths.clear();
    for (const prefix of this.#prefixes.keys()) this.#prefixLengths.add(prefix.length);
  }
}
