import type { InvalidationLog } from "../../src/coordinator/invalidation-log.ts";
import {
  type CacheInvalidation,
  type CacheLog,
  type CacheScope,
  MAX_LOGGED_INVALIDATIONS,
} from "../../src/wire/cache-feed.ts";

/** What a {@link MemoryInvalidationLog} keeps; it outlives the log over it. */
export interface StoredInvalidations {
  head: number;
  dropped: number;
  entries: readonly CacheInvalidation[];
}

/** A tenant's invalidation log in memory. */
export class MemoryInvalidationLog implements InvalidationLog {
  readonly #stored: StoredInvalidations;
  readonly #maxEntries: number;

  constructor(
    stored: StoredInvalidations = { head: 0, dropped: 0, entries: [] },
    maxEntries = MAX_LOGGED_INVALIDATIONS,
  ) {
    this.#stored = stored;
    this.#maxEntries = maxEntries;
  }

  get head(): number {
    return this.#stored.head;
  }

  get entryCount(): number {
    return this.#stored.entries.length;
  }

  append(cache: string, scopes: readonly CacheScope[]): void {
    const stored = this.#stored;
    for (const scope of structuredClone(scopes)) {
      const version = (stored.head += 1);
      const left = stored.entries.filter((older) => !implies({ version, cache, scope }, older));
      stored.entries = [...left, { version, cache, scope }];
    }
    const tooMany = Math.max(0, stored.entries.length - this.#maxEntries);
    stored.dropped = stored.entries[tooMany - 1]?.version ?? stored.dropped;
    stored.entries = stored.entries.slice(tooMany);
  }

  after(since: number): CacheLog {
    const { head, dropped, entries } = this.#stored;
    return structuredClone({
      head,
      from: Math.max(dropped, Math.min(since, head)),
      entries: entries.filter(({ version }) => version > since),
    });
  }
}

function implies(newer: CacheInvalidation, older: CacheInvalidation): boolean {
  if (newer.cache !== older.cache) return false;
  return newer.scope.kind === "all" || textOf(newer.scope) === textOf(older.scope);
}

function textOf(scope: CacheScope): string {
  if (scope.kind === "key") return `k${scope.key}`;
  if (scope.kind === "prefix") return `p${scope.prefix}`;
  return scope.kind === "tag" ? `t${scope.tag}` : "a";
}
