import * as fc from "fast-check";
import type { Channel, MessageContext, Outgoing } from "../../src/notify/channel.ts";
import type { AlertNotice, Message } from "../../src/notify/notice.ts";
import { arbitraryNotice } from "./alert-notices.ts";
import type { ReceivedRequest } from "./receivers/http-receiver.ts";

/** Alerts as one message. */
export function alertsMessage(...notices: readonly AlertNotice[]): Message {
  return { kind: "alerts", notices };
}

/** The HTTP request that a channel makes. */
export async function requestOf(
  channel: Channel,
  message: Message,
  context: MessageContext,
): Promise<ReceivedRequest> {
  const outgoing: Outgoing = await channel.compose(message, context);
  if (outgoing.via !== "http") throw new Error(`It goes via ${outgoing.via}`);
  return outgoing;
}

/** Messages of up to eight alerts, and of no more than the channel takes. */
export function arbitraryAlerts(channel: Channel): fc.Arbitrary<Message> {
  return fc
    .array(arbitraryNotice, { minLength: 1, maxLength: Math.min(8, channel.maxAlerts) })
    .map((notices) => alertsMessage(...notices));
}

export const REPORT: Message = {
  kind: "report",
  period: "daily",
  mail: {
    subject: "Tachograph: 20 November 2026",
    text: "All was well.\n",
    markdown: "All was **well**.\n",
    html: "<!doctype html><html><body><p>All was well.</p></body></html>",
    json: { period: "daily", from: 1, until: 2 },
  },
};
