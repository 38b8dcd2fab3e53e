import type { JobMessage } from "./enqueue.ts";
import { isJobId } from "./job-id.ts";

/**
 * The messages of a batch by the job that they name, one for each: a second one for the same job,
 * and what names none, is acknowledged here.
 */
export function jobMessages(batch: MessageBatch): ReadonlyMap<string, Message<JobMessage>> {
  const messages = new Map<string, Message<JobMessage>>();
  for (const message of batch.messages) {
    if (!isJobMessage(message)) {
      console.error(`message ${message.id} in ${batch.queue} names no job and is dropped`);
      message.ack();
    } else if (messages.has(message.body.job)) message.ack();
    else messages.set(message.body.job, message);
  }
  return messages;
}

function isJobMessage(message: Message): message is Message<JobMessage> {
  const { body } = message;
  if (typeof body !== "object" || body === null || !("job" in body)) return false;
  return typeof body.job === "string" && isJobId(body.job);
}
