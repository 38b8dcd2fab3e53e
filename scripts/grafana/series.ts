import { eitherHistogram, type Matchers, matching, selector } from "../artefacts/promql.ts";

/** What is expected of a panel's window where Grafana chooses it: never shorter than four scrapes. */
export const RATE = "$__rate_interval";

/** One tenant: what counts calls of several must not be added up. */
const TENANT = { tenant: "$tenant" };
const TARGET = { ...TENANT, target: matching("$target") };

/** Series of the chosen tenant. */
export function ofTenant(name: string, matchers: Matchers = {}): string {
  return selector(name, { ...TENANT, ...matchers });
}

/** Series of the chosen targets. */
export function ofTarget(name: string, matchers: Matchers = {}): string {
  return selector(name, { ...TARGET, ...matchers });
}

/** Series of the chosen targets' chosen operations: counters and histograms, which have no `*`. */
export function ofOperation(name: string, matchers: Matchers = {}): string {
  return selector(name, { ...TARGET, operation: matching("$operation"), ...matchers });
}

/** A window's gauge of whole targets. */
export function wholeWindow(name: string, window: string, matchers: Matchers = {}): string {
  return ofTarget(name, { ...matchers, operation: "*", window });
}

/** How many of a counter come by the second, by these labels. */
export function perSecond(counter: string, by: readonly string[]): string {
  return `sum by (${by.join(", ")}) (rate(${counter}[${RATE}]))`;
}

/** A percentile of durations of any operations together: from the native histogram, else the classic one. */
export function quantile(q: number, matchers: Matchers, by: readonly string[]): string {
  const name = "tachograph_call_duration_seconds";
  return eitherHistogram(
    `histogram_quantile(${q}, ${perSecond(ofOperation(name, matchers), by)})`,
    `histogram_quantile(${q}, ${perSecond(ofOperation(`${name}_bucket`, matchers), [...by, "le"])})`,
  );
}

/**
 * Which part of the calls took at most so long, a bound of the classic buckets. These know it to the
 * 0.1 % of Tachograph's own buckets; within a native one, of 0.27 %, PromQL interpolates.
 */
export function shareWithin(seconds: number, by: readonly string[]): string {
  const name = "tachograph_call_duration_seconds";
  const all = perSecond(ofOperation(`${name}_count`), by);
  return eitherHistogram(
    `histogram_fraction(0, ${seconds}, ${perSecond(ofOperation(name), by)})`,
    `${perSecond(ofOperation(`${name}_bucket`, { le: bound(seconds) }), by)} / ${all}`,
  );
}

/** A whole bound is written `1` in one format and `1.0` in another. */
function bound(seconds: number): Matchers[string] {
  return Number.isInteger(seconds) ? matching(`${seconds}|${seconds}.0`) : String(seconds);
}

/** The mean of durations. */
export function mean(matchers: Matchers, by: readonly string[]): string {
  const name = "tachograph_call_duration_seconds";
  const native = perSecond(ofOperation(name, matchers), by);
  return eitherHistogram(
    `histogram_sum(${native}) / histogram_count(${native})`,
    `${perSecond(ofOperation(`${name}_sum`, matchers), by)} / ${perSecond(ofOperation(`${name}_count`, matchers), by)}`,
  );
}
