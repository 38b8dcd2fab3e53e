import * as v from "valibot";

/** Of an alert's data, what is shown here. Times and the rest are in the message as it came. */
const alertSchema = v.object({
  id: v.string(),
  event: v.picklist(["firing", "repeat", "resolved"]),
  rule: v.string(),
  target: v.string(),
  operation: v.string(),
  severity: v.string(),
  title: v.string(),
  summary: v.string(),
  condition: v.string(),
  duration: v.string(),
  action: v.string(),
  link: v.string(),
});

const eventSchema = v.union([
  v.object({
    type: v.picklist(["alert.firing", "alert.repeat", "alert.resolved"]),
    timestamp: v.string(),
    data: v.object({ tenant: v.string(), alert: alertSchema }),
  }),
  v.object({
    type: v.literal("alerts"),
    timestamp: v.string(),
    data: v.object({ tenant: v.string(), alerts: v.pipe(v.array(alertSchema), v.minLength(1)) }),
  }),
  v.object({
    type: v.picklist(["report.daily", "report.weekly"]),
    timestamp: v.string(),
    data: v.object({ tenant: v.string(), subject: v.string() }),
  }),
  v.object({
    type: v.literal("test"),
    timestamp: v.string(),
    data: v.object({ tenant: v.string(), text: v.string() }),
  }),
]);

/** What a message of the channel `webhook` says, as far as it is shown. */
export type WebhookEvent = v.InferOutput<typeof eventSchema>;

/** What it says of an alert. */
export type WebhookAlert = v.InferOutput<typeof alertSchema>;

/** A message that was received, as `GET /messages` of the receiver gives it. */
export interface ReceivedMessage {
  /** Counted from 1 in the order of arrival. */
  readonly number: number;
  /** `webhook-id`: the same at every attempt to deliver it. */
  readonly id: string;
  /** When it came first, epoch milliseconds. */
  readonly receivedAt: number;
  readonly event: WebhookEvent;
}

const messagesSchema = v.object({
  messages: v.array(
    v.object({
      number: v.number(),
      id: v.string(),
      receivedAt: v.number(),
      event: eventSchema,
    }),
  ),
});

/** The event of a request's body, or undefined for what is none. */
export function parseWebhookEvent(body: string): WebhookEvent | undefined {
  const parsed = v.safeParse(eventSchema, parseJson(body));
  return parsed.success ? parsed.output : undefined;
}

/** The messages in the answer to `GET /messages`, or undefined for what is no such answer. */
export function parseMessages(body: string): readonly ReceivedMessage[] | undefined {
  const parsed = v.safeParse(messagesSchema, parseJson(body));
  return parsed.success ? parsed.output.messages : undefined;
}

/** The alerts that an event tells of, none if it is about something else. */
export function alertsOf({ data }: WebhookEvent): readonly WebhookAlert[] {
  if ("alerts" in data) return data.alerts;
  return "alert" in data ? [data.alert] : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The schemas say what is wrong with undefined: that it is nothing they know.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
