import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { MAX_AGE_MS } from "../../../src/wire/horizon.ts";
import { BucketTally } from "../live/bucket-tally.ts";
import { decodeHistogram } from "../live/decode-histogram.ts";
import type { HeatColumn } from "../live/heat-trail.ts";
import { type ClassCounts, HEAT_CLASSES, NO_COUNTS, sumCounts } from "../live/latency-classes.ts";
import type { HistoryRange } from "../range.ts";
import type { HistoryAnswer, HistoryPoint } from "../../../src/api/history-answer.ts";

/** How long after its end a step may change: timings come late, and are stored a little later. */
const LATE_MS = MAX_AGE_MS + 2 * MINUTE_MS;

/** Most columns of a heat map: more would be thinner than a point of a screen. */
const MAX_COLUMNS = 240;

/** Histograms that are decoded before the browser gets to do something else. */
const CHUNK = 40;

/** The latency of one series over a range. */
export interface RangeLatency {
  readonly range: HistoryRange;
  /** In order of time, one per step that has timings. */
  readonly points: readonly HistoryPoint[];
  readonly columns: readonly HeatColumn[];
  /** All of the range in one. */
  readonly total: HistoryPoint | undefined;
  /** The distribution of all of the range. */
  readonly tally: BucketTally;
  /** What could not be read; empty if all could. */
  readonly fault: string;
}

/** What is asked of `GET /v1/history`. */
export interface HistoryQuestion {
  readonly from: number;
  readonly to: number;
  readonly step: "1m" | "1h" | "1d" | "all";
}

/** What reading needs of the page. */
export interface RangeLatencyPorts {
  /** Asks for points with their histograms. */
  readonly ask: (question: HistoryQuestion, signal: AbortSignal) => Promise<HistoryAnswer>;
  /** Lets the browser do what it has to. */
  readonly pause: () => Promise<void>;
  /** Is told how much of what was asked for has been read, from 0 to 1. */
  readonly onProgress: (fraction: number) => void;
}

interface Step {
  readonly point: HistoryPoint;
  readonly counts: ClassCounts;
  /** Why its histogram could not be read; empty if it could. */
  readonly fault: string;
}

/**
 * Reads a range, and again as time goes on: then only what is new, and what may have changed since.
 */
export class RangeLatencyReader {
  readonly #ports: RangeLatencyPorts;
  #steps: readonly Step[] = [];
  #read: HistoryRange | undefined;

  constructor(ports: RangeLatencyPorts) {
    this.#ports = ports;
  }

  /**
   * Rejects with what `ask` rejects with, or with the reason of `signal`; what was read before
   * stays good then.
   *
   * @param signal - ends it: what it gives is not wanted any more.
   */
  async read(range: HistoryRange, signal: AbortSignal): Promise<RangeLatency> {
    const { from, to, step } = range;
    const newFrom = this.#newFrom(range);
    const [answer, whole] = await Promise.all([
      this.#ports.ask({ from: newFrom, to, step }, signal),
      this.#ports.ask({ from, to, step: "all" }, signal),
    ]);
    const steps = await this.#decode(answer.points, signal);
    const kept = this.#steps.filter(({ point }) => point.at >= from && point.at < newFrom);
    this.#steps = [...kept, ...steps];
    this.#read = range;
    const total = whole.points[0];
    const { tally, fault: totalFault } = await tallyOf(total);
    return {
      range,
      points: this.#steps.map(({ point }) => point),
      columns: columnsOf(this.#steps, range),
      total,
      tally,
      fault: [newestFault(this.#steps), totalFault].filter((text) => text !== "").join(" "),
    };
  }

  #newFrom({ from, to, stepMs }: HistoryRange): number {
    const before = this.#read;
    // The first time; or the clock went back.
    if (before?.stepMs !== stepMs || from < before.from) return from;
    const changeable = Math.floor((before.to - stepMs - LATE_MS) / stepMs) * stepMs;
    return Math.min(Math.max(from, changeable), to - stepMs);
  }

  async #decode(points: readonly HistoryPoint[], signal: AbortSignal): Promise<readonly Step[]> {
    const steps: Step[] = [];
    for (let start = 0; start < points.length; start += CHUNK) {
      signal.throwIfAborted();
      this.#ports.onProgress(start / points.length);
      if (start > 0) await this.#ports.pause();
      const chunk = points.slice(start, start + CHUNK);
      steps.push(...(await Promise.all(chunk.map((point) => stepOf(point)))));
    }
    signal.throwIfAborted();
    this.#ports.onProgress(1);
    return steps;
  }
}

async function stepOf({ histogram = "", ...point }: HistoryPoint): Promise<Step> {
  const decoded = await decodeHistogram(histogram);
  if (!decoded.ok) {
    const fault = `${new Date(point.at).toISOString()}: ${decoded.reason}.`;
    return { point, counts: NO_COUNTS, fault };
  }
  const counts = HEAT_CLASSES.count((visit) =>
    decoded.histogram.forEach((_lowest, highest, count) => visit(highest, count)),
  );
  // Its text is not needed any more, and may be long.
  return { point, counts, fault: "" };
}

/** One of many says enough: what is wrong with one is wrong with the others. */
function newestFault(steps: readonly Step[]): string {
  return steps.findLast(({ fault }) => fault !== "")?.fault ?? "";
}

async function tallyOf(
  total: HistoryPoint | undefined,
): Promise<{ readonly tally: BucketTally; readonly fault: string }> {
  const tally = new BucketTally();
  if (total?.histogram === undefined) return { tally, fault: "" };
  const decoded = await decodeHistogram(total.histogram);
  if (!decoded.ok) return { tally, fault: `${decoded.reason}.` };
  tally.add(decoded.histogram);
  return { tally, fault: "" };
}

/** Steps that share a column are added up, which is exact. */
function columnsOf(steps: readonly Step[], { from, to, stepMs }: HistoryRange): HeatColumn[] {
  const columnMs = Math.ceil((to - from) / stepMs / MAX_COLUMNS) * stepMs;
  const groups = new Map<number, Step[]>();
  for (const step of steps) {
    // Longer steps, of a past of which nothing finer is kept, are columns of their own.
    const at =
      step.point.stepMs > columnMs
        ? step.point.at
        : from + Math.floor((step.point.at - from) / columnMs) * columnMs;
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [step]);
    else group.push(step);
  }
  return [...groups].map(([at, group]) => ({
    from: at,
    to: Math.min(at + Math.max(columnMs, group[0]?.point.stepMs ?? 0), to),
    counts: sumCounts(group.map(({ counts }) => counts)),
  }));
}
