import {
  DROPPED_SHARE,
  type InvalidationBounds,
  type InvalidationLog,
} from "../../src/coordinator/invalidation-log.ts";
import {
  type CacheInvalidation,
  type CacheLog,
  type CacheScope,
  MAX_LOGGED_CHARACTERS,
  MAX_LOGGED_INVALIDATIONS,
  OLDEST_ENTRY_MS,
} from "../../src/wire/cache-feed.ts";

/** What a {@link MemoryInvalidationLog} keeps; it outlives the log over it. */
export interface StoredInvalidations {
  head: number;
  dropped: number;
  entries: readonly CacheInvalidation[];
}

/** A tenant's invalidation log in memory. */
export class MemoryInvalidationLog implements InvalidationLog {
  droppedCount = 0;
  readonly #stored: StoredInvalidations;
  readonly #bounds: InvalidationBounds;

  constructor(
    stored: StoredInvalidations = { head: 0, dropped: 0, entries: [] },
    bounds: Partial<InvalidationBounds> = {},
  ) {
    this.#stored = stored;
    this.#bounds = {
      maxEntries: MAX_LOGGED_INVALIDATIONS,
      maxCharacters: MAX_LOGGED_CHARACTERS,
      ...bounds,
    };
  }

  get head(): number {
    return this.#stored.head;
  }

  get entryCount(): number {
    return this.#stored.entries.length;
  }

  append(cache: string, scopes: readonly CacheScope[], atMs: number): void {
    const stored = this.#stored;
    stored.entries = stored.entries.filter(({ version }) => version >= atMs - OLDEST_ENTRY_MS);
    for (const scope of structuredClone(scopes)) {
      const version = Math.max(stored.head + 1, atMs);
      stored.head = version;
      const left = stored.entries.filter((older) => !implies({ version, cache, scope }, older));
      stored.entries = [...left, { version, cache, scope }];
    }
    const { maxEntries, maxCharacters } = this.#bounds;
    for (;;) {
      const isLong = this.entryCount > maxEntries;
      if (!isLong && sizeOf(stored.entries) <= maxCharacters) return;
      this.#makeRoom(isLong ? ({ length }) => length : sizeOf);
    }
  }

  after(since: number, cache?: string): CacheLog {
    const { head, dropped, entries } = this.#stored;
    return structuredClone({
      head,
      from: Math.max(dropped, Math.min(since, head)),
      entries: entries
        .filter((one) => one.version > since)
        .filter((one) => cache === undefined || one.cache === cache),
    });
  }

  #makeRoom(weigh: (entries: readonly CacheInvalidation[]) => number): void {
    const stored = this.#stored;
    const byCache = Object.values(Object.groupBy(stored.entries, ({ cache }) => cache));
    const [fullest = []] = byCache
      .flatMap((entries = []) => [entries])
      .toSorted((one, other) => weigh(other) - weigh(one));
    if (fullest.length < 2) {
      stored.dropped = Math.max(stored.dropped, stored.entries[0]?.version ?? 0);
      stored.entries = stored.entries.slice(1);
      this.droppedCount += 1;
      return;
    }
    const gone = fullest.slice(0, Math.max(2, Math.ceil(fullest.length * DROPPED_SHARE)));
    this.droppedCount += gone.filter(({ isFloor }) => isFloor !== true).length;
    const last = gone.at(-1);
    stored.entries = stored.entries.flatMap((one) => {
      if (one === last)
        return [{ ...one, scope: { kind: "all" as const }, isFloor: true as const }];
      return gone.includes(one) ? [] : [one];
    });
  }
}

function implies(newer: CacheInvalidation, older: CacheInvalidation): boolean {
  if (newer.cache !== older.cache) return false;
  if (newer.scope.kind === "all") return true;
  if (older.isFloor === true || older.scope.kind !== newer.scope.kind) return false;
  return textOf(newer.scope) === textOf(older.scope);
}

function sizeOf(entries: readonly CacheInvalidation[]): number {
  return entries
    .map(({ scope, isFloor }) => JSON.stringify(isFloor === true ? { kind: "floor" } : scope))
    .reduce((sum, text) => sum + Array.from(text).length, 0);
}

function textOf(scope: CacheScope): string {
  if (scope.kind === "key") return scope.key;
  if (scope.kind === "prefix") return scope.prefix;
  return scope.kind === "tag" ? scope.tag : "";
}
