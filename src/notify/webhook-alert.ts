import type { MeasureName } from "../measures.ts";
import { clip } from "./clip.ts";
import type { MessageContext } from "./channel.ts";
import { describeAlert } from "./describe-alert.ts";
import { asTold } from "./notice-at.ts";
import type { AlertNotice } from "./notice.ts";
import { oneLine } from "./one-line.ts";

/** Longest texts of an alert's data, in UTF-16 code units. */
const MAX_NAME_LENGTH = 200;
const MAX_ACTION_LENGTH = 2_000;
const MAX_DETAIL_LENGTH = 500;
const MAX_LINK_LENGTH = 1_000;

/**
 * What a webhook says of one alert. Times are epoch milliseconds, as in the API. `id`, `event` and
 * `repeats` together say what is told, and are the same whichever message it is told in.
 */
export interface WebhookAlert extends Pick<
  AlertNotice,
  | "event"
  | "severity"
  | "metric"
  | "percentile"
  | "comparison"
  | "unit"
  | "threshold"
  | "value"
  | "since"
  | "firedAt"
  | "resolvedAt"
  | "resolvedReason"
  | "repeats"
> {
  readonly id: string;
  readonly rule: string;
  readonly target: string;
  readonly operation: string;
  /** The measure that the rule looks at; null for a metric without one. */
  readonly measure: MeasureName | null;
  /** What a probe that fails found; null for nothing, and for any other alert. */
  readonly found: number | null;
  readonly acknowledgedBy: string | null;
  readonly language: MessageContext["language"];
  readonly title: string;
  readonly summary: string;
  readonly condition: string;
  readonly duration: string;
  /** In the context's language; empty when the alert is over. */
  readonly action: string;
  /** Empty if it is not known where the page is. */
  readonly link: string;
}

/** An alert's data: the same at every attempt, whatever it is told together with. */
export function webhookAlert(notice: AlertNotice, context: MessageContext): WebhookAlert {
  const told = asTold(context, [notice]);
  const text = describeAlert(notice, told);
  return {
    id: webhookName(notice.alertId),
    event: notice.event,
    rule: webhookName(notice.rule),
    target: webhookName(notice.target),
    operation: webhookName(notice.operation),
    severity: notice.severity,
    metric: notice.metric,
    percentile: notice.percentile,
    measure: notice.measure ?? null,
    comparison: notice.comparison,
    unit: notice.unit,
    threshold: notice.threshold,
    value: notice.value,
    found: notice.found ?? null,
    since: notice.since,
    firedAt: notice.firedAt,
    resolvedAt: notice.resolvedAt,
    resolvedReason: notice.resolvedReason,
    acknowledgedBy: notice.acknowledgedBy === null ? null : webhookName(notice.acknowledgedBy),
    repeats: notice.repeats,
    language: told.language,
    title: clip(text.title, MAX_DETAIL_LENGTH),
    summary: text.summary,
    condition: clip(text.condition, MAX_DETAIL_LENGTH),
    duration: text.duration,
    action: clip(text.action, MAX_ACTION_LENGTH),
    link: text.link.length <= MAX_LINK_LENGTH ? text.link.toWellFormed() : "",
  };
}

/** A name as a webhook has it: one line, with a bound. */
export function webhookName(text: string): string {
  return clip(oneLine(text), MAX_NAME_LENGTH);
}
