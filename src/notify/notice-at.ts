import type { MessageContext } from "./channel.ts";
import type { AlertNotice } from "./notice.ts";

/** When there was this to tell, epoch milliseconds. */
export function noticeAt(notice: AlertNotice): number {
  return notice.at ?? notice.resolvedAt ?? notice.firedAt;
}

/**
 * The context as it was when the last of `notices` happened. What is written with it is the same at
 * every attempt, as receivers want it that know a message by its idempotency key.
 */
export function asTold(context: MessageContext, notices: readonly AlertNotice[]): MessageContext {
  const times = notices.map(noticeAt).filter((time) => Number.isFinite(time));
  return times.length > 0 ? { ...context, nowMs: Math.max(...times) } : context;
}
