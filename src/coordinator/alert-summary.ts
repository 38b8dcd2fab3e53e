import type { Summarise } from "../alerts/alert-view.ts";
import { noticeOf } from "../alerts/notify-plan.ts";
import type { MessagesConfig } from "../config.ts";
import { describeAlert } from "../notify/describe-alert.ts";

/** Puts alerts into sentences of the tenant's language, each as of when it was last evaluated. */
export function summariser(tenant: string, messages: MessagesConfig): Summarise {
  return (alert) => {
    const event = alert.state === "resolved" ? "resolved" : "firing";
    const context = { ...messages, tenant, idempotencyKey: alert.id, nowMs: alert.evaluatedAt };
    return describeAlert(noticeOf(alert, event), context).summary;
  };
}
