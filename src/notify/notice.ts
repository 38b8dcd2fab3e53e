import type { Comparison, Language, MetricName, Severity, Unit } from "../alerts/rule.ts";
import type { ResolvedReason } from "../alerts/alert.ts";
import type { MeasureName } from "../measures.ts";

/** What is to be told of an alert. `repeat` is `firing` told again. */
export const NOTICE_EVENTS = ["firing", "repeat", "resolved"] as const;

export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** One thing to tell about one alert: everything that a message about it can say. */
export interface AlertNotice {
  /** Of the alert: the same in everything that is told of one incident. */
  readonly alertId: string;
  readonly event: NoticeEvent;
  readonly rule: string;
  readonly target: string;
  /** `*` for the whole target. */
  readonly operation: string;
  readonly severity: Severity;
  readonly metric: MetricName | "system";
  readonly percentile: number | null;
  /** The measure that the rule looks at; undefined for a metric without one. */
  readonly measure?: MeasureName | undefined;
  readonly comparison: Comparison;
  readonly unit: Unit;
  readonly threshold: number;
  readonly value: number | null;
  /** What a probe that fails found; null for nothing, undefined for any other alert. */
  readonly found?: number | null | undefined;
  /** Since when the condition holds, epoch milliseconds. */
  readonly since: number;
  readonly firedAt: number;
  readonly resolvedAt: number | null;
  /**
   * When there was this to tell: it fired, was told again, or ended. The same at every attempt to
   * send it. Read it by `noticeAt`, which knows what to take where it is not set.
   */
  readonly at?: number | undefined;
  readonly resolvedReason: ResolvedReason | null;
  readonly acknowledgedBy: string | null;
  /** How often it was told before, 0 at first. */
  readonly repeats: number;
  readonly action: Readonly<Record<Language, string>>;
  /** What happened, where no metric says it: of Tachograph's own alarms (`metric: "system"`). */
  readonly detail?: Readonly<Record<Language, string>> | undefined;
}

/** A notice on its way to one channel: what the coordinator hands to the dispatcher. */
export interface Notification {
  /** `ALERT:EVENT[:N]/CHANNEL`: natural, so that handing it over twice is handing it over once. */
  readonly id: string;
  readonly channel: string;
  readonly queuedAt: number;
  readonly notice: AlertNotice;
}

/** What a report that is sent may be about. */
export const REPORT_PERIODS = ["daily", "weekly"] as const;

/** A report, rendered, as channels send it. */
export interface ReportMail {
  readonly subject: string;
  readonly text: string;
  readonly markdown: string;
  readonly html: string;
  /** The report itself, for channels that send data. */
  readonly json: object;
}

/** One message of one channel. */
export type Message =
  /** Alerts that are told together: at least one, at most the channel's `maxAlerts`. */
  | { readonly kind: "alerts"; readonly notices: readonly AlertNotice[] }
  | {
      readonly kind: "report";
      readonly period: (typeof REPORT_PERIODS)[number];
      readonly mail: ReportMail;
    }
  /** Asked for by `POST /v1/channels/{name}/test`. */
  | { readonly kind: "test" };
