import type { TimeRange } from "../merge/history.ts";
import { bySeriesName, type SeriesName } from "../merge/series-name.ts";
import { WHOLE_TARGET } from "../names.ts";
import { CACHE_LAYERS } from "../pillars/cache-rates.ts";
import type { TargetKind } from "../target-kind.ts";
import type { FiredAlerts, ReportSource, SeriesSpan } from "./report-source.ts";
import type { ReportSlot } from "./report-timetable.ts";

/**
 * Most targets that one report reads, and most single operations of databases and caches: each
 * costs a few queries, of which D1 allows an invocation a thousand.
 */
export const MAX_TARGETS = 100;
export const MAX_OPERATIONS = 64;

/** Series that are read at the same time. */
const AT_ONCE = 4;

/** A whole target, in the period and in the one before. */
export interface TargetInput {
  readonly target: string;
  readonly kind: TargetKind;
  readonly now: SeriesSpan;
  readonly before: SeriesSpan;
}

/** One operation of a database or a cache. */
export interface OperationInput extends SeriesName {
  readonly kind: "d1" | "cache";
  readonly now: SeriesSpan;
}

/** Everything that a report is made of. */
export interface ReportInput {
  readonly tenant: string;
  readonly timeZone: string;
  readonly slot: ReportSlot;
  readonly nowMs: number;
  /** What stored history covers of the period. */
  readonly covered: TimeRange;
  readonly targets: readonly TargetInput[];
  readonly operations: readonly OperationInput[];
  readonly leftOut: { readonly targets: number; readonly operations: number };
  readonly alerts: FiredAlerts;
  /** Whether anything was recorded before the period before: else a trend says nothing. */
  readonly hasWholeBefore: boolean;
}

/** What {@link readReportInput} is told. */
export interface ReportRequest {
  readonly tenant: string;
  readonly timeZone: string;
  readonly slot: ReportSlot;
  readonly nowMs: number;
  readonly kindOf: (target: string) => TargetKind;
}

/** Reads everything for one report, a few series at a time. */
export async function readReportInput(
  source: ReportSource,
  { tenant, timeZone, slot, nowMs, kindOf }: ReportRequest,
): Promise<ReportInput> {
  const { range, before } = slot;
  const [series, alerts, hasWholeBefore] = await Promise.all([
    source.listSeries({ from: before.from, to: range.to }),
    source.readAlerts(range),
    source.hasHistoryBefore(before.from),
  ]);
  const whole = series.filter(({ operation }) => operation === WHOLE_TARGET).toSorted(bySeriesName);
  const single = series
    .flatMap((name) => toOperation(name, kindOf(name.target)))
    .toSorted(bySeriesName);
  const targets = await inGroups(whole.slice(0, MAX_TARGETS), async ({ target }) => {
    const name = { target, operation: WHOLE_TARGET };
    const now = await source.readSpan(name, range, "hours");
    const earlier = await source.readSpan(name, before, "sum");
    return { target, kind: kindOf(target), now, before: earlier };
  });
  const read = operationsToRead(single);
  const operations = await inGroups(read, async (name) => ({
    ...name,
    now: await source.readSpan(name, range, "sum"),
  }));
  const leftOut = {
    targets: Math.max(0, whole.length - MAX_TARGETS),
    operations: single.length - read.length,
  };
  const covered = targets[0]?.now.covered ?? { from: range.from, to: Math.min(range.to, nowMs) };
  const about = { tenant, timeZone, slot, nowMs, covered };
  return { ...about, targets, operations, leftOut, alerts, hasWholeBefore };
}

function toOperation({ target, operation }: SeriesName, kind: TargetKind) {
  if (operation === WHOLE_TARGET || (kind !== "d1" && kind !== "cache")) return [];
  return [{ target, operation, kind }];
}

/**
 * The operations that there is room for: the layers of caches first, and of a cache all or none,
 * because some of them alone have another hit rate than the cache.
 */
function operationsToRead<Operation extends Pick<OperationInput, "kind" | "target" | "operation">>(
  all: readonly Operation[],
): readonly Operation[] {
  const layers = all.filter((one) => isLayer(one));
  const cut = layers[MAX_OPERATIONS]?.target;
  const whole = layers.slice(0, MAX_OPERATIONS).filter(({ target }) => target !== cut);
  const others = all.filter((one) => !isLayer(one));
  return [...whole, ...others.slice(0, MAX_OPERATIONS - whole.length)];
}

function isLayer({ kind, operation }: Pick<OperationInput, "kind" | "operation">): boolean {
  return kind === "cache" && CACHE_LAYERS.some((layer) => layer === operation);
}

/** In the order of the items. */
async function inGroups<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(read))));
  }
  return results;
}
