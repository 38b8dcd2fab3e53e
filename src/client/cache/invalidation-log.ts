import type { CacheScope } from "../../wire/cache-feed.ts";

interface PrefixAt {
  readonly prefix: string;
  readonly version: number;
}

/**
 * The newest invalidation of everything that was ever made invalid, in order to tell for an entry
 * whether one of them came after it. Of a scope only the newest counts. It costs a look into a map
 * for the key and for each tag, and a look at the prefixes that are newer than the entry. It holds
 * at most so many scopes: then of the older half nothing is known any more but that it existed, so
 * every entry from before it counts as invalid.
 */
export class InvalidationLog {
  readonly #maxScopes: number;
  readonly #keys = new Map<string, number>();
  readonly #tags = new Map<string, number>();
  /** In the order of their versions. */
  #prefixes: PrefixAt[] = [];
  /** What is older is invalid. */
  #floor = 0;

  constructor(maxScopes: number) {
    this.#maxScopes = maxScopes;
  }

  /** How many scopes it tells apart. */
  get size(): number {
    return this.#keys.size + this.#tags.size + this.#prefixes.length;
  }

  /** Whether nothing was ever invalid. */
  get isEmpty(): boolean {
    return this.#floor === 0 && this.size === 0;
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
        this.#prefixes = this.#prefixes.filter(({ prefix }) => prefix !== scope.prefix);
        this.#prefixes.push({ prefix: scope.prefix, version });
        break;
      case "all":
        this.raiseFloor(version);
    }
    if (this.size > this.#maxScopes) this.#forgetOlderHalf();
  }

  /** Every entry from before a version is invalid from now on. */
  raiseFloor(version: number): void {
    if (version <= this.#floor) return;
    this.#floor = version;
    this.#drop((at) => at <= version);
  }

  /** Takes an invalidation back, if it is the newest of its scope. */
  forget(scope: CacheScope, version: number): void {
    const isIt = (at: number | undefined): boolean => at === version;
    if (scope.kind === "key" && isIt(this.#keys.get(scope.key))) this.#keys.delete(scope.key);
    if (scope.kind === "tag" && isIt(this.#tags.get(scope.tag))) this.#tags.delete(scope.tag);
    if (scope.kind === "all" && isIt(this.#floor)) this.#floor = 0;
    if (scope.kind === "prefix") {
      const { prefix } = scope;
      this.#prefixes = this.#prefixes.filter(
        (at) => at.prefix !== prefix || at.version !== version,
      );
    }
  }

  /** Whether an entry of this key and these tags, loaded at `version`, was made invalid since. */
  isInvalid(key: string, tags: readonly string[], version: number): boolean {
    if (this.#floor > version) return true;
    if ((this.#keys.get(key) ?? 0) > version) return true;
    if (tags.some((tag) => (this.#tags.get(tag) ?? 0) > version)) return true;
    for (let at = this.#prefixes.length - 1; at >= 0; at -= 1) {
      const known = this.#prefixes[at];
      if (known === undefined || known.version <= version) return false;
      if (key.startsWith(known.prefix)) return true;
    }
    return false;
  }

  #forgetOlderHalf(): void {
    const versions = [
      ...this.#keys.values(),
      ...this.#tags.values(),
      ...this.#prefixes.map(({ version }) => version),
    ].toSorted((one, other) => one - other);
    this.raiseFloor(versions[Math.floor(versions.length / 2)] ?? this.#floor);
  }

  #drop(isOver: (version: number) => boolean): void {
    for (const map of [this.#keys, this.#tags]) {
      for (const [name, version] of map) if (isOver(version)) map.delete(name);
    }
    this.#prefixes = this.#prefixes.filter(({ version }) => !isOver(version));
  }
}
