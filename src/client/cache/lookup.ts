import type { KindPolicy } from "./kind-policies.ts";
import type { CacheEntry } from "./l1-cache.ts";

/** What a caller wants: everything but whose request it is. */
export interface Lookup {
  /** The full key. */
  readonly key: string;
  readonly policy: KindPolicy;
  readonly tags: readonly string[];
  readonly loader: () => unknown;
}

/** What became of the work for a key, in whatever request it was done. */
export type LookupAnswer =
  | { readonly layer: "l2"; readonly value: unknown; readonly entry: CacheEntry }
  | { readonly layer: "l3"; readonly value: unknown }
  | { readonly layer: "failed"; readonly error: unknown };
