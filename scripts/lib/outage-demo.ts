import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import type { Platform } from "../../examples/platforms/platform.ts";
import { ask } from "./local-client.ts";
import { alertLine, alertText } from "./message-text.ts";
import type { LocalAddresses } from "./run-addresses.ts";
import { StartError } from "./start-error.ts";
import {
  alertsOf,
  parseMessages,
  type ReceivedMessage,
  type WebhookAlert,
} from "./webhook-event.ts";

/** The rule that an outage breaks first: it needs five calls and no time. */
const RULE = "consecutive-errors";

const POLL_MS = 250;

/** Events that are sent to the platform, per second, so that there is something to fail. */
const EVENTS_PER_SECOND = 2;

const controlSchema = v.object({ settings: v.object({ outage: v.boolean() }) });

/** How a demonstration ended. */
export type DemoResult = "told" | "stopped";

export interface OutageDemoOptions {
  readonly platform: Platform;
  /** The longest that each message is waited for. */
  readonly patienceMs: number;
  readonly addresses: LocalAddresses & {
    readonly receiver: string;
    readonly trackingWorker: string;
  };
  /** Shows one line to the user. */
  readonly say: (line: string) => void;
}

/** Breaks a simulated platform until its alert is told, mends it, and waits until its end is told. */
export class OutageDemo {
  readonly #options: OutageDemoOptions;
  readonly #startedAt = performance.now();
  /** The number of the last message that was looked at. */
  #seen = 0;
  /** Ids of the alerts that were told, and whose end was not. */
  readonly #open = new Set<string>();

  constructor(options: OutageDemoOptions) {
    this.#options = options;
  }

  /**
   * Whatever happens, the platform works again when this is over.
   *
   * @throws StartError when a message does not come, or something does not answer.
   */
  async run(stop: AbortSignal): Promise<DemoResult> {
    const { platform } = this.#options;
    await this.#expectNoOutage();
    for (const { number } of await this.#newMessages()) this.#seen = number;
    this.#step(`sends ${EVENTS_PER_SECOND} events a second to ${platform}, beside other traffic`);
    const ended = new AbortController();
    const sending = this.#sendEvents(AbortSignal.any([stop, ended.signal]));
    try {
      if (!(await this.#outage(stop))) return "stopped";
      this.#step("waits for the message that it is over, which the first success brings");
      const isOver = (): boolean => this.#open.size === 0;
      if (!(await this.#awaitMessages(isOver, "The end of the alert", stop))) return "stopped";
      this.#step("done: the outage was told, and its end");
      return "told";
    } finally {
      ended.abort();
      await sending;
    }
  }

  /** From the first failing call to the alert; false if it was stopped before. */
  async #outage(stop: AbortSignal): Promise<boolean> {
    const { platform } = this.#options;
    try {
      await this.#setOutage(true);
      this.#step(`${platform} is down: every call to it gets a 503 from now on`);
      this.#step(`waits for the alert ${RULE}, which five errors in a row set off`);
      const isTold = (): boolean => this.#open.size > 0;
      return await this.#awaitMessages(isTold, `The alert ${RULE}`, stop);
    } finally {
      await this.#setOutage(false);
      this.#step(`${platform} works again`);
    }
  }

  /** Shows what is told about the platform until `isEnough`; false if it was stopped before. */
  async #awaitMessages(isEnough: () => boolean, what: string, stop: AbortSignal): Promise<boolean> {
    const { patienceMs } = this.#options;
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      for (const message of await this.#newMessages()) this.#read(message);
      if (isEnough()) return true;
      if (stop.aborted) return false;
      await sleep(POLL_MS);
    }
    throw new StartError(
      `${what} was not told within ${patienceMs / 1_000} s. GET /v1/alerts and ` +
        "GET /v1/notifications (token dev-read) say where it stands. A platform that is rarely called " +
        `needs a longer --for, and the rule ${RULE} and a channel of the type webhook have to be in ` +
        "tachograph.config.ts as they are there at first. An alert that was told and ended less than " +
        "5 min ago (alerts.cooldownMs) is not told again before: try another --platform.",
    );
  }

  #read({ number, event }: ReceivedMessage): void {
    this.#seen = number;
    for (const alert of alertsOf(event)) {
      if (alert.target === this.#options.platform) this.#show(alert);
    }
  }

  #show(alert: WebhookAlert): void {
    if (alert.rule !== RULE) {
      this.#step(`also told: ${alertLine(alert)}`);
      return;
    }
    // A call that was under way may succeed in between: then there is a second alert.
    if (alert.event === "resolved") this.#open.delete(alert.id);
    else this.#open.add(alert.id);
    this.#step("a message has arrived:");
    for (const line of alertText(alert)) this.#options.say(`          | ${line}`);
  }

  async #newMessages(): Promise<readonly ReceivedMessage[]> {
    const url = `${this.#options.addresses.receiver}/messages?after=${this.#seen}`;
    const messages = parseMessages(await ask(url));
    if (messages === undefined) throw new StartError(`${url} did not answer with messages`);
    return messages;
  }

  /** Else its alert may have been told long ago. */
  async #expectNoOutage(): Promise<void> {
    const answer = v.safeParse(controlSchema, JSON.parse(await ask(this.#controlUrl)));
    if (!answer.success) throw new StartError(`${this.#controlUrl} did not answer with settings`);
    if (!answer.output.settings.outage) return;
    const mend = `curl -X PATCH ${this.#controlUrl} -d '{"outage":false}'`;
    throw new StartError(`${this.#options.platform} is down already; mend it first: ${mend}`);
  }

  async #setOutage(outage: boolean): Promise<void> {
    await ask(this.#controlUrl, { method: "PATCH", body: { outage } });
  }

  get #controlUrl(): string {
    const { addresses, platform } = this.#options;
    return `${addresses.trackingWorker}/control/${platform}`;
  }

  /** Never rejects: an event that nobody takes is one more that fails. */
  async #sendEvents(stop: AbortSignal): Promise<void> {
    const { addresses, platform } = this.#options;
    while (!stop.aborted) {
      const body = { event: "PageView", id: randomUUID(), value: 0, platforms: [platform] };
      const url = `${addresses.trackingWorker}/track`;
      await ask(url, { method: "POST", body, signal: stop }).catch((error: unknown) => {
        if (!stop.aborted) this.#step(`an event was not taken: ${String(error)}`);
      });
      await sleep(1_000 / EVENTS_PER_SECOND, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  #step(text: string): void {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    this.#options.say(`${seconds.toFixed(1).padStart(6)} s  ${text}`);
  }
}
