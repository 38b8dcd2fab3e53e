import { type Item, PRICE_LIST } from "./price-list.ts";

/** What a month has for whoever is billed: 30 days. */
export const MONTH_SECONDS = 30 * 86_400;

/**
 * Units of what is billed in a second; of stored gigabytes, how many there are at any moment. What
 * is absent is not used.
 */
export type Usage = Readonly<Partial<Record<Item, number>>>;

/** How much of an item a month takes, and what is asked for it. */
export interface BillLine {
  readonly item: Item;
  readonly units: number;
  readonly dollars: number;
}

/** A month of the same usage. */
export interface Bill {
  readonly lines: readonly BillLine[];
  readonly dollars: number;
}

const ITEMS = Object.keys(PRICE_LIST) as Item[];

/**
 * What a month of such usage costs.
 * @param included whether the plan's included amounts are taken off: they are the whole account's,
 * so that somebody else may have used them.
 */
export function billOf(usage: Usage, included = false): Bill {
  const lines = ITEMS.flatMap((item) => {
    const rate = usage[item] ?? 0;
    if (rate === 0) return [];
    const { dollars, per, unit, includedAMonth } = PRICE_LIST[item];
    const units = unit === "GB-months" ? rate : rate * MONTH_SECONDS;
    const billed = Math.max(units - (included ? includedAMonth : 0), 0);
    return [{ item, units, dollars: (billed / per) * dollars }];
  });
  return { lines, dollars: lines.reduce((sum, line) => sum + line.dollars, 0) };
}

/** What a bill comes to for each billion timings. */
export function perBillion(dollarsAMonth: number, timingsPerSecond: number): number {
  return (dollarsAMonth / (timingsPerSecond * MONTH_SECONDS)) * 1e9;
}

/** The same usage, so many times. */
export function times(usage: Usage, factor: number): Usage {
  return Object.fromEntries(
    Object.entries(usage).map(([item, rate]) => [item, rate * factor] as const),
  );
}

/** Usages of different things, or of the same one, together. */
export function together(...usages: readonly Usage[]): Usage {
  const sum: Partial<Record<Item, number>> = {};
  for (const usage of usages) {
    for (const item of ITEMS) {
      const rate = usage[item];
      if (rate !== undefined) sum[item] = (sum[item] ?? 0) + rate;
    }
  }
  return sum;
}
