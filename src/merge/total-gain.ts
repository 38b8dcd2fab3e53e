import type {
  BucketedHistogram,
  ExplicitBuckets,
  ExponentialBuckets,
  TotalValue,
} from "../wire/running-total.ts";

/**
 * What a running total gained. It `fell` if that would be less than nothing anywhere, and is
 * `incomparable` if the two are not of one kind: another measure, other bounds.
 */
export type TotalGain = TotalValue | "fell" | "incomparable";

/**
 * What `now` has more than `before`, of one stream. Minimum and maximum of a gain are bounds: those
 * of all timings, of which what was gained are some.
 */
export function totalGain(before: TotalValue, now: TotalValue): TotalGain {
  if (before.kind === "measure" && now.kind === "measure") {
    if (before.code !== now.code) return "incomparable";
    return now.parts < before.parts ? "fell" : { ...now, parts: now.parts - before.parts };
  }
  if (before.kind === "measure" || now.kind === "measure") return "incomparable";
  const gain = histogramGain(before.histogram, now.histogram);
  return typeof gain === "string" ? gain : { kind: "histogram", histogram: gain };
}

/** Whether there is nothing in it. */
export function isEmptyTotal(value: TotalValue): boolean {
  return value.kind === "measure" ? value.parts === 0 : value.histogram.count === 0;
}

function histogramGain(
  before: BucketedHistogram,
  now: BucketedHistogram,
): BucketedHistogram | "fell" | "incomparable" {
  if (now.count < before.count) return "fell";
  const buckets = bucketsGain(before.buckets, now.buckets);
  if (typeof buckets === "string") return buckets;
  return {
    count: now.count - before.count,
    sumUs: sumGain(before, now),
    minUs: now.minUs,
    maxUs: maxOfGain(before, now),
    buckets,
  };
}

/** Null if there is none that durations could have. */
function sumGain(before: BucketedHistogram, now: BucketedHistogram): number | null {
  if (before.count === 0) return now.sumUs;
  if (before.sumUs === null || now.sumUs === null || now.sumUs < before.sumUs) return null;
  return now.sumUs - before.sumUs;
}

/**
 * Null for one that lies above every bound and is of before: one call of days ago that took minutes
 * would draw out to there whatever has come above the highest bound since.
 */
function maxOfGain(
  before: BucketedHistogram,
  { maxUs, buckets }: BucketedHistogram,
): number | null {
  if (maxUs === null || buckets.kind === "exponential") return maxUs;
  const isNew = before.count === 0 || (before.maxUs !== null && maxUs > before.maxUs);
  return isNew || maxUs <= (buckets.boundsUs.at(-1) ?? -Infinity) ? maxUs : null;
}

function bucketsGain(
  before: BucketedHistogram["buckets"],
  now: BucketedHistogram["buckets"],
): BucketedHistogram["buckets"] | "fell" | "incomparable" {
  if (before.kind === "explicit" && now.kind === "explicit") return explicitGain(before, now);
  if (before.kind === "exponential" && now.kind === "exponential") {
    return exponentialGain(before, now);
  }
  return "incomparable";
}

function explicitGain(
  before: ExplicitBuckets,
  now: ExplicitBuckets,
): ExplicitBuckets | "fell" | "incomparable" {
  const isSame =
    before.boundsUs.length === now.boundsUs.length &&
    before.boundsUs.every((bound, i) => bound === now.boundsUs[i]);
  if (!isSame) return "incomparable";
  const counts = now.counts.map((count, i) => count - (before.counts[i] ?? 0));
  return counts.some((count) => count < 0) ? "fell" : { ...now, counts };
}

/** Compared at the lower scale of both: a histogram that outgrows its buckets halves its scale. */
function exponentialGain(
  before: ExponentialBuckets,
  now: ExponentialBuckets,
): ExponentialBuckets | "fell" | "incomparable" {
  if (before.unitUs !== now.unitUs || before.zeroThresholdUs !== now.zeroThresholdUs) {
    return "incomparable";
  }
  const scale = Math.min(before.scale, now.scale);
  const old = atScale(before, scale);
  const all = atScale(now, scale);
  const zeroCount = all.zeroCount - old.zeroCount;
  const counts = [...all.counts];
  let isFallen = zeroCount < 0;
  for (const [i, count] of old.counts.entries()) {
    if (count === 0) continue;
    const at = old.offset + i - all.offset;
    const rest = (counts[at] ?? 0) - count;
    isFallen ||= rest < 0;
    counts[at] = rest;
  }
  return isFallen ? "fell" : { ...all, zeroCount, counts };
}

/** The same in wider buckets: each step down joins two neighbours, the even one and the next. */
function atScale(buckets: ExponentialBuckets, scale: number): ExponentialBuckets {
  if (scale === buckets.scale || buckets.counts.length === 0) return { ...buckets, scale };
  const width = 2 ** (buckets.scale - scale);
  const offset = Math.floor(buckets.offset / width);
  const counts: number[] = [];
  for (const [i, count] of buckets.counts.entries()) {
    const at = Math.floor((buckets.offset + i) / width) - offset;
    counts[at] = (counts[at] ?? 0) + count;
  }
  return { ...buckets, scale, offset, counts };
}
