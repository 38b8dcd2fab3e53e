import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import type { MeasureValues } from "../../src/measures.ts";
import type { TimeRange } from "../../src/merge/history.ts";
import type { SeriesName } from "../../src/merge/series-name.ts";
import { HOUR_MS, startOf } from "../../src/merge/slot-time.ts";
import { WHOLE_TARGET } from "../../src/names.ts";
import { type Outcome, OUTCOMES } from "../../src/outcome.ts";
import type {
  FiredAlert,
  FiredAlerts,
  ReportSource,
  SeriesSpan,
} from "../../src/reports/report-source.ts";
import { measured } from "./measured.ts";

/** `count` equal timings of one operation. */
export interface SourceTiming {
  readonly at: number;
  readonly target: string;
  readonly operation?: string;
  readonly durationMs: number;
  readonly outcome?: Outcome;
  readonly count?: number;
  readonly measures?: MeasureValues;
}

/** History in memory, as a plain list of timings. */
export class MemoryReportSource implements ReportSource {
  readonly timings: SourceTiming[] = [];
  readonly alerts: FiredAlert[] = [];
  /** Since when anything was recorded; by default, since the first timing. */
  existsSince: number | undefined;
  leftOut = 0;
  reads = 0;

  async listSeries(): Promise<readonly SeriesName[]> {
    await Promise.resolve();
    const names = new Map<string, SeriesName>();
    for (const { target, operation = "call" } of this.timings) {
      names.set(`${target}/*`, { target, operation: WHOLE_TARGET });
      names.set(`${target}/${operation}`, { target, operation });
    }
    return [...names.values()];
  }

  async readSpan({ target, operation }: SeriesName, range: TimeRange): Promise<SeriesSpan> {
    await Promise.resolve();
    this.reads += 1;
    const sum = new AggregateBuilder();
    const hours = new Set<number>();
    for (const timing of this.timings) {
      const isOfSeries =
        timing.target === target &&
        (operation === WHOLE_TARGET || (timing.operation ?? "call") === operation);
      if (!isOfSeries || timing.at < range.from || timing.at >= range.to) continue;
      const outcome = OUTCOMES.indexOf(timing.outcome ?? "ok");
      const { count = 1, measures, at } = timing;
      sum.record(Math.round(timing.durationMs * 1000), outcome, count);
      if (measures !== undefined) sum.addMeasures(measured(measures, count, at));
      hours.add(startOf(timing.at, HOUR_MS));
    }
    return { aggregate: sum.finish(), covered: range, startsAt: [...hours] };
  }

  async readAlerts({ from, to }: TimeRange): Promise<FiredAlerts> {
    await Promise.resolve();
    const alerts = this.alerts.filter(
      ({ firedAt, resolvedAt }) => firedAt < to && (resolvedAt ?? to) >= from,
    );
    return { alerts, leftOut: this.leftOut };
  }

  async hasHistoryBefore(at: number): Promise<boolean> {
    await Promise.resolve();
    const since = this.existsSince ?? Math.min(...this.timings.map((timing) => timing.at));
    return since < at;
  }
}
