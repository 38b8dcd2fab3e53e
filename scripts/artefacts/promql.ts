/** Label values to look for: a text for exactly it, and a matcher as PromQL writes it. */
export type Matchers = Readonly<Record<string, string | { readonly matcher: string }>>;

/** `name{label="value",other!="value"}`. */
export function selector(name: string, matchers: Matchers): string {
  const parts = Object.entries(matchers).map(([label, value]) =>
    typeof value === "string" ? `${label}=${JSON.stringify(value)}` : `${label}${value.matcher}`,
  );
  return parts.length === 0 ? name : `${name}{${parts.join(",")}}`;
}

/** Anything but this. */
export function not(value: string): { readonly matcher: string } {
  return { matcher: `!=${JSON.stringify(value)}` };
}

/** Any of these, or what a regular expression says. */
export function matching(expression: string): { readonly matcher: string } {
  return { matcher: `=~${JSON.stringify(expression)}` };
}

/** Milliseconds as PromQL and rule files write a duration: the largest unit that it is whole in. */
export function duration(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1_000],
  ] as const;
  for (const [unit, lengthMs] of units) {
    if (ms >= lengthMs && ms % lengthMs === 0) return `${ms / lengthMs}${unit}`;
  }
  if (ms === 0) return "0s";
  throw new RangeError(`${ms} ms are no whole seconds, which is as finely as rules are written`);
}

/** Each line moved to the right. */
function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}

/** What several targets, tenants or Tachographs in one Prometheus are told apart by. */
const INSTANCE_LABELS = ["job", "instance", "tenant"];

/** `on (…)` for series of whole targets. */
export const ON_TARGET = `on (${[...INSTANCE_LABELS, "target"].join(", ")})`;

/** `on (…)` for series of operations. */
export const ON_OPERATION = `on (${[...INSTANCE_LABELS, "target", "operation"].join(", ")})`;

/** Counts of an outcome by target: sums of these are right, as counters have no operation `*`. */
export function callsGained(matchers: Matchers, window: string): string {
  const calls = selector("tachograph_calls_total", matchers);
  return `sum without (operation, outcome) (increase(${calls}[${window}]))`;
}

/**
 * A function of the durations' histogram, whichever kind of it is there: the native one, else the
 * classic one. Prometheus 2.42 keeps only one of them.
 */
export function eitherHistogram(native: string, classic: string): string {
  return `(\n${indent(native)}\n  or\n${indent(classic)}\n)`;
}
