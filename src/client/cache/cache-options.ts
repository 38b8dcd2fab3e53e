import * as v from "valibot";
import { isName } from "../../names.ts";
import { MAX_TTL_MS } from "../../wire/cache-feed.ts";
import { isKindName } from "../../wire/cache-kind-name.ts";
import { startTimer, type Timer } from "../timer.ts";
import { type CacheKind, DEFAULT_KINDS } from "./cache-kinds.ts";

/** What a cache may be told. Every field has a default that suits production. */
export interface CacheOptions {
  /**
   * Names the cache: the target that its lookups are reported on, and what its keys in KV begin
   * with. Caches that share a namespace need names of their own. Default `cache`.
   */
  readonly name: string;
  /** Most entries in the isolate, at most 100,000; beyond it the one unused for longest goes. Default
   * 1,000. */
  readonly maxEntries: number;
  /**
   * Most bytes in the isolate, as estimated. A value of more than a quarter of it is not kept
   * there. Default 16 MiB.
   */
  readonly maxSizeBytes: number;
  /** By name, beside {@link DEFAULT_KINDS} and above them. At most 1,000. */
  readonly kinds: Readonly<Record<string, CacheKind>>;
  /** For every kind that has no name in `kinds`. Default fresh for five minutes. */
  readonly defaultKind: CacheKind;
  /** See `CacheKind.negativeTtlMs`. Default 60,000. */
  readonly negativeTtlMs: number;
  /** How long a loader may take before the lookup fails with a `TimeoutError`. Default 10,000. */
  readonly loaderTimeoutMs: number;
  /**
   * How long KV may take before the loader is asked instead. A write, for which nobody waits, may
   * take ten times as long. Default 1,000.
   */
  readonly kvTimeoutMs: number;
  /**
   * How long a lookup waits for the log of invalidations before it does without. What comes later is
   * taken note of all the same. Default 1,000.
   */
  readonly logTimeoutMs: number;
  /**
   * How long `invalidate` waits to hear that it was published, at most the client's
   * `cacheFeedTimeoutMs`. Default 5,000.
   */
  readonly publishTimeoutMs: number;
  /** Starts a timer. Default `setTimeout`. */
  readonly timer: Timer;
}

/** The defaults of {@link CacheOptions}. */
export const DEFAULT_CACHE_OPTIONS: CacheOptions = {
  name: "cache",
  maxEntries: 1_000,
  maxSizeBytes: 16 * 1024 * 1024,
  kinds: {},
  defaultKind: { ttlMs: 300_000 },
  negativeTtlMs: 60_000,
  loaderTimeoutMs: 10_000,
  kvTimeoutMs: 1_000,
  logTimeoutMs: 1_000,
  publishTimeoutMs: 5_000,
  timer: startTimer,
};

const LARGEST_BOUND = 1_000_000_000;

/** There is room for so many entries from the beginning. */
const MOST_ENTRIES = 100_000;

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_BOUND));
const timeoutMs = v.pipe(v.number(), v.minValue(1), v.maxValue(600_000));
const durationMs = v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_TTL_MS));

const kindSchema = v.strictObject({
  ttlMs: v.pipe(durationMs, v.minValue(1)),
  staleMs: v.optional(durationMs),
  negativeTtlMs: v.optional(durationMs),
});

const optionsSchema = v.object({
  name: v.pipe(
    v.string(),
    v.check((name) => isName(name), "it must match [a-z0-9][a-z0-9_.:-]{0,63}"),
  ),
  maxEntries: v.pipe(count, v.maxValue(MOST_ENTRIES)),
  maxSizeBytes: count,
  kinds: v.pipe(
    v.record(
      v.pipe(
        v.string(),
        v.check((name) => isKindName(name), "a kind must match [a-z0-9][a-z0-9_.-]{0,63}"),
      ),
      kindSchema,
    ),
    v.check((kinds) => Object.keys(kinds).length <= 1_000, "there may be at most 1,000 kinds"),
  ),
  defaultKind: kindSchema,
  negativeTtlMs: durationMs,
  loaderTimeoutMs: timeoutMs,
  kvTimeoutMs: timeoutMs,
  logTimeoutMs: timeoutMs,
  publishTimeoutMs: timeoutMs,
});

/**
 * The options with every default filled in, {@link DEFAULT_KINDS} among the kinds.
 * @throws RangeError that names the first bad option and says what it must be.
 */
export function completeCacheOptions(options: Partial<CacheOptions>): CacheOptions {
  const complete = { ...DEFAULT_CACHE_OPTIONS, ...options };
  const { issues } = v.safeParse(optionsSchema, complete, { abortEarly: true });
  const issue = issues?.[0];
  if (issue !== undefined) {
    throw new RangeError(`cache option ${v.getDotPath(issue) ?? "?"}: ${issue.message}`);
  }
  return { ...complete, kinds: { ...DEFAULT_KINDS, ...complete.kinds } };
}
