import type { Grade, Status } from "../../grades/grade.ts";
import type { ThroughputGrade } from "../../grades/throughput-grade.ts";
import type { TargetKind } from "../../target-kind.ts";
import type { Line, Name } from "../report-document.ts";
import type { ReportPeriod } from "../report-timetable.ts";

/** Everything that is graded with a word in a report. */
export type GradeWord = Grade["grade"] | ThroughputGrade["grade"] | Status;

/** Everything that reports say, in one language. Numbers come in already written. */
export interface ReportWords {
  readonly grades: Readonly<Record<GradeWord, string>>;
  readonly kinds: Readonly<Record<TargetKind, string>>;
  /** `period` is the day, or the first and the last of a week with its number. */
  title(period: ReportPeriod, days: string): string;
  days(first: string, last: string, week: string): string;
  subject(title: string, tenant: string, status: string, score: string): string;
  readonly noData: string;
  readonly soFar: string;
  status(status: string): string;
  score(score: string): string;
  coverage(withData: number | null, hours: number): string;
  /** Stored history covers less or more than the period. */
  covers(from: string, to: string): string;
  times(timeZone: string): string;
  leftOut(targets: number, operations: number): string;
  readonly wholeTarget: string;
  /** In brackets behind a value: what it was before. */
  was(value: string): string;
  more(count: string): string;
  targets: Readonly<
    Record<
      "heading" | "target" | "kind" | "calls" | "perMinute" | "trend" | "latency" | "errors",
      string
    >
  >;
  /** What the trend is held against. */
  against(period: ReportPeriod): string;
  d1: Readonly<
    Record<
      "heading" | "operation" | "calls" | "mean" | "max" | "none" | "noWaits" | "noSize",
      string
    >
  >;
  slowest(shown: string, all: string): string;
  meanWait(duration: string): string;
  size(bytes: string): string;
  cache: Readonly<
    Record<"heading" | "cache" | "hits" | "misses" | "hitRate" | "none" | "notCounted", string>
  >;
  lookups(count: string, hitRate: string): string;
  alerts: Readonly<
    Record<"heading" | "rule" | "severity" | "fired" | "open" | "longest" | "none", string>
  >;
  alertCounts(fired: number, open: number, isOver: boolean): string;
  longest(rule: Name, where: Name, duration: string, isOpen: boolean): Line;
  alertsLeftOut(count: number): string;
  limits: Readonly<Record<"heading" | "target" | "answers" | "share" | "none", string>>;
  footer(tenant: string, at: string): string;
  readonly link: string;
}
