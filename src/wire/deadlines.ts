/*
 * Who waits how long for permits, and for the invalidation log, from the inside out. Each outlasts
 * what it waits for, or has an answer without it, so that whoever is late is known by the one who
 * asked and not only by a timeout further out:
 *
 *   a lookup for the log               the cache's logTimeoutMs        1 s
 *   the entry Worker for the log       CACHE_FEED_DEADLINE_MS          2 s
 *   a shard for the bucket's shard     KEEPER_DEADLINE_MS              2 s
 *   a report for its permits, all      RIDING_PERMITS_DEADLINE_MS      2 s
 *   a take that waits                  the client's permitTimeoutMs    2 s
 *   the entry Worker for a shard       PERMIT_DEADLINE_MS              4 s
 *   a report for its answer            the client's reportTimeoutMs    5 s
 *   an invalidation for its answer     the cache's publishTimeoutMs    5 s
 *   the client for the log             its cacheFeedTimeoutMs          10 s
 *
 * A take gives up before the entry Worker does: the caller has other plans by then, and what comes
 * later still opens the lease that was asked for, which the client then holds or gives back. What
 * rides along must not cost a report its answer, so all of it together has less than that.
 *
 * A lookup gives up on the log first, too: it goes on without. What comes later is taken note of all
 * the same, until the client itself gives up.
 */

/** How long a shard waits for the one that keeps the bucket. */
export const KEEPER_DEADLINE_MS = 2_000;

/**
 * How long a report's answer waits for the permits that ride along, all together. What is late is
 * answered as unavailable: the holder asks again with the next report.
 */
export const RIDING_PERMITS_DEADLINE_MS = 2_000;

/** How long the entry Worker waits for a shard's answer about permits: also for its placement. */
export const PERMIT_DEADLINE_MS = 4_000;

/**
 * How long the entry Worker waits for the coordinator about a tenant's caches. A lookup gives up
 * before, an invalidation after.
 */
export const CACHE_FEED_DEADLINE_MS = 2_000;
