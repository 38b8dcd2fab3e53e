import * as v from "valibot";
import { OUTCOMES } from "../outcome.ts";
import type { Aggregate } from "./aggregate.ts";
import { bucketIndex } from "./bucket-layout.ts";
import { inCodeOrder } from "./measure-totals.ts";
import { MeasureRowsSchema, measureRows, measuresOf } from "./measures-json.ts";

/*
 * A row of a histogram log has a histogram and nothing else: how calls ended, their exact sum and
 * extremes, and the numbers beside them would be lost. A comment line before the row says them. It
 * names its row, so that the two may be sorted, filtered and sent apart; every reader of logs skips
 * comments.
 */

const PREFIX = "#[Tachograph row: ";
const SUFFIX = "]";

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const DetailsSchema = v.object({
  tag: v.pipe(v.string(), v.maxLength(256)),
  startMs: whole,
  lengthMs: whole,
  outcomes: v.pipe(v.array(whole), v.maxLength(OUTCOMES.length)),
  sumUs: whole,
  minUs: whole,
  maxUs: whole,
  measures: v.optional(MeasureRowsSchema),
});

/** What is known of the timings of a row beside its histogram. */
export interface RowDetails extends Pick<
  Aggregate,
  "outcomes" | "sumUs" | "minUs" | "maxUs" | "measures"
> {
  /** The row's own, as in `Tag=`. */
  readonly tag: string;
  /** When it begins, epoch milliseconds. */
  readonly startMs: number;
  /** How long it is, milliseconds. */
  readonly lengthMs: number;
  /** How many timings: the sum of its outcomes. */
  readonly count: number;
}

/** Whether a line of a log says details of a row, well or badly. */
export function isRowDetails(line: string): boolean {
  return line.startsWith(PREFIX);
}

/** The comment line of a row, with its end. */
export function rowDetailsLine(
  row: Pick<RowDetails, "tag" | "startMs" | "lengthMs">,
  { count, outcomes, sumUs, minUs, maxUs, measures }: Aggregate,
): string {
  const { tag, startMs, lengthMs } = row;
  // Measures may come without timings, and an infinity is no JSON.
  const extremes = count === 0 ? { minUs: 0, maxUs: 0 } : { minUs, maxUs };
  const details = { tag, startMs, lengthMs, outcomes, sumUs, ...extremes };
  const all = measures === undefined ? details : { ...details, measures: measureRows(measures) };
  return `${PREFIX}${JSON.stringify(all)}${SUFFIX}\n`;
}

/** Reads what {@link rowDetailsLine} wrote, without its end; undefined for another text. */
export function parseRowDetails(line: string): RowDetails | undefined {
  if (!isRowDetails(line) || !line.endsWith(SUFFIX)) return undefined;
  let written: unknown;
  try {
    written = JSON.parse(line.slice(PREFIX.length, -SUFFIX.length));
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
  const read = v.safeParse(DetailsSchema, written);
  if (!read.success) return undefined;
  const { measures, outcomes, ...details } = read.output;
  return {
    ...details,
    outcomes: OUTCOMES.map((_, code) => outcomes[code] ?? 0),
    count: outcomes.reduce((sum, count) => sum + count, 0),
    measures: measures && inCodeOrder(measuresOf(measures)),
  };
}

/**
 * A histogram with its details.
 * @param histogram what the row's histogram alone gives, with the middles of its buckets.
 * @returns undefined if the details cannot be of that histogram.
 */
export function withDetails(histogram: Aggregate, details: RowDetails): Aggregate | undefined {
  const { count, outcomes, sumUs, minUs, maxUs, measures } = details;
  if (count !== histogram.count) return undefined;
  if (count === 0) return { ...histogram, measures };
  const isSame =
    minUs <= maxUs &&
    isSameBucket(minUs, histogram.minUs) &&
    isSameBucket(maxUs, histogram.maxUs) &&
    // No timing is further from the middle of its bucket than a thousandth of itself.
    Math.abs(sumUs - histogram.sumUs) <= histogram.sumUs / 1_000 + count;
  if (!isSame) return undefined;
  return { count, outcomes, sumUs, minUs, maxUs, counts: histogram.counts, measures };
}

/** @param bucketUs within the layout, as what it is compared with need not be. */
function isSameBucket(valueUs: number, bucketUs: number): boolean {
  // A bucket is at most a thousandth of its values wide, so what is further off is in another.
  return valueUs <= 2 * bucketUs + 1 && bucketIndex(valueUs) === bucketIndex(bucketUs);
}
