import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { onEnd } from "../lib/cleanup.ts";

export const EVENTS = ["firing", "resolved"] as const;

/** What a message tells: an alert fires, or it ended. */
export type AlertEvent = (typeof EVENTS)[number];

/** One alert in a webhook, as it arrived. */
export interface Arrival {
  readonly channel: string;
  readonly event: AlertEvent;
  readonly alertId: string;
  /** The header `webhook-id`: the same for every attempt with one message. */
  readonly messageId: string;
  /** When the alert changed, by the product's clock, which is this machine's. */
  readonly changedAt: number;
  /** When the request was complete here. */
  readonly at: number;
}

interface ToldAlert {
  readonly id: string;
  readonly event: AlertEvent;
  readonly firedAt: number;
  readonly resolvedAt: number | null;
}

/** With one alert or with several. */
interface WebhookBody {
  readonly data: { readonly alert: ToldAlert } | { readonly alerts: readonly ToldAlert[] };
}

/** The receivers of every channel of `bench/workers/alerts-config.ts`. */
export class Receivers {
  readonly arrivals: Arrival[] = [];
  /** When a message for the chat arrived. */
  readonly chat: number[] = [];
  /** Requests that nobody answers. */
  hanging = 0;
  /** What a way to a receiver and back takes, milliseconds. */
  answerAfterMs = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const channel = request.url?.slice(1) ?? "";
        const messageId = String(request.headers["webhook-id"]);
        if (!this.#take(channel, messageId, Buffer.concat(chunks).toString())) return;
        void sleep(this.answerAfterMs).then(() => response.end("ok"));
      });
    });
    // Hanging is what one of them is for.
    this.#server.requestTimeout = 0;
  }

  static async open(): Promise<Receivers> {
    const receivers = new Receivers();
    const server = receivers.#server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onEnd(() => receivers.close());
    return receivers;
  }

  urlOf(channel: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${channel}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** @returns whether it is answered. */
  #take(channel: string, messageId: string, body: string): boolean {
    const at = Date.now();
    if (channel === "hanging") {
      this.hanging += 1;
      return false;
    }
    if (channel === "chat") {
      this.chat.push(at);
      return true;
    }
    const { data } = JSON.parse(body) as WebhookBody;
    for (const { id, event, firedAt, resolvedAt } of "alerts" in data
      ? data.alerts
      : [data.alert]) {
      const changedAt = event === "resolved" ? (resolvedAt ?? Number.NaN) : firedAt;
      this.arrivals.push({ channel, event, alertId: id, messageId, changedAt, at });
    }
    return true;
  }
}
