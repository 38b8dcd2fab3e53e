import type { Language } from "../alerts/rule.ts";
import type { DueReport, ReportPort } from "../dispatcher/ports.ts";
import type { ReportMail } from "../notify/notice.ts";
import type { TargetKind } from "../target-kind.ts";
import { buildReport } from "./build-report.ts";
import { type RenderOptions, renderReport } from "./render-report.ts";
import type { PeriodReport } from "./report.ts";
import { readReportInput } from "./report-input.ts";
import type { ReportSource } from "./report-source.ts";
import { type ReportSlot, ReportTimetable, type TimetableOptions } from "./report-timetable.ts";

/** Reports that are kept once they are made: more are never due at a time. */
const MAX_KEPT = 4;

/** What a {@link ReportDesk} is made of. */
export interface ReportDeskOptions {
  readonly tenant: string;
  readonly timetable: TimetableOptions;
  readonly render: RenderOptions;
  readonly source: ReportSource;
  readonly kindOf: (target: string) => TargetKind;
}

/** A report that is to be sent. */
export interface OutgoingReport extends DueReport {
  /** The same in another language, for channels that have their own. */
  mailIn(language: Language): ReportMail;
}

/** Makes the reports of one tenant when they are due. */
export class ReportDesk implements ReportPort {
  readonly #options: ReportDeskOptions;
  readonly #timetable: ReportTimetable;
  /** A report that is due is asked for again if the one beside it could not be made. */
  readonly #kept = new Map<string, OutgoingReport>();

  /** @throws RangeError for a time zone that there is not. */
  constructor(options: ReportDeskOptions) {
    this.#options = options;
    this.#timetable = new ReportTimetable(options.timetable);
  }

  nextAt(nowMs: number): number | null {
    return this.#timetable.nextAt(nowMs);
  }

  /**
   * The reports that should have left by now, the earliest first. A period that ended before there
   * was anything to record has none.
   * @throws what reading history throws; asking again later is all there is to do. How long it may
   * take is for whoever asks.
   */
  async due(nowMs: number): Promise<readonly OutgoingReport[]> {
    const reports: OutgoingReport[] = [];
    for (const slot of this.#timetable.due(nowMs)) {
      const report = this.#kept.get(slot.id) ?? (await this.#make(slot, nowMs));
      if (report !== undefined) reports.push(report);
    }
    return reports;
  }

  async #make(slot: ReportSlot, nowMs: number): Promise<OutgoingReport | undefined> {
    const { render } = this.#options;
    const report = await this.#read(slot, nowMs);
    if (report === undefined) return undefined;
    const mailIn = (language: Language): ReportMail =>
      renderReport(report, { ...render, language });
    const { id, period } = slot;
    const outgoing = { id, period, mail: mailIn(render.language), mailIn };
    this.#kept.set(id, outgoing);
    for (const old of [...this.#kept.keys()].slice(0, -MAX_KEPT)) this.#kept.delete(old);
    return outgoing;
  }

  async #read(slot: ReportSlot, nowMs: number): Promise<PeriodReport | undefined> {
    const { tenant, source, kindOf, timetable } = this.#options;
    const { timeZone } = timetable;
    const input = await readReportInput(source, { tenant, timeZone, slot, nowMs, kindOf });
    const hasData =
      input.alerts.alerts.length > 0 || input.targets.some(({ now }) => now.aggregate.count > 0);
    // Silence of what ran before is worth telling; of what did not exist yet it is not.
    if (!hasData && !(await source.hasHistoryBefore(slot.range.to))) return undefined;
    return buildReport(input);
  }
}
