import type { ReceivedMessage, WebhookEvent } from "./webhook-event.ts";

/** Most messages that are kept. */
export const MAX_MESSAGES = 200;

/** The last messages, each once however often it came. */
export class MessageLog {
  readonly #messages: ReceivedMessage[] = [];
  #last = 0;

  /** Keeps a message; undefined if one with this id is here already. */
  add(id: string, event: WebhookEvent, receivedAt: number): ReceivedMessage | undefined {
    if (this.#messages.some((message) => message.id === id)) return undefined;
    this.#last += 1;
    const message = { number: this.#last, id, receivedAt, event };
    this.#messages.push(message);
    if (this.#messages.length > MAX_MESSAGES) this.#messages.shift();
    return message;
  }

  /** Those that came after message `number`, in order. */
  after(number: number): readonly ReceivedMessage[] {
    return this.#messages.filter((message) => message.number > number);
  }
}
