import { MAX_TTL_MS } from "../../wire/cache-feed.ts";
import { isKindName } from "../../wire/cache-kind-name.ts";
import { type CacheKind, STALE_SHARE } from "./cache-kinds.ts";
import type { CacheOptions } from "./cache-options.ts";

/** How long a kind's entries last, milliseconds. */
export type KindPolicy = Required<CacheKind>;

/** Knows what holds for each kind. */
export class KindPolicies {
  readonly #byKind: ReadonlyMap<string, KindPolicy>;
  readonly #otherwise: KindPolicy;

  constructor({ kinds, defaultKind, negativeTtlMs }: CacheOptions) {
    const complete = (kind: CacheKind): KindPolicy => completeKind(kind, negativeTtlMs);
    this.#byKind = new Map(Object.entries(kinds).map(([name, kind]) => [name, complete(kind)]));
    this.#otherwise = complete(defaultKind);
  }

  /** @throws TypeError if `kind` is no name of a kind. */
  of(kind: string): KindPolicy {
    const known = this.#byKind.get(kind);
    if (known !== undefined) return known;
    if (isKindName(kind)) return this.#otherwise;
    throw new TypeError(
      `a cache's kind must match [a-z0-9][a-z0-9_.-]{0,63}, not ${JSON.stringify(kind)?.slice(0, 80)}`,
    );
  }
}

/**
 * What holds for one lookup that brings its own `ttlMs`.
 * @throws RangeError if that is none.
 */
export function withTtl(policy: KindPolicy, ttlMs: number | undefined): KindPolicy {
  if (ttlMs === undefined) return policy;
  if (!(ttlMs >= 1 && ttlMs <= MAX_TTL_MS)) {
    throw new RangeError(`ttlMs must be 1 to ${MAX_TTL_MS} milliseconds, not ${String(ttlMs)}`);
  }
  return { ...policy, ttlMs, negativeTtlMs: Math.min(policy.negativeTtlMs, ttlMs) };
}

function completeKind(kind: CacheKind, negativeTtlMs: number): KindPolicy {
  const { ttlMs, staleMs = Math.floor(ttlMs * STALE_SHARE) } = kind;
  return { ttlMs, staleMs, negativeTtlMs: Math.min(kind.negativeTtlMs ?? negativeTtlMs, ttlMs) };
}
