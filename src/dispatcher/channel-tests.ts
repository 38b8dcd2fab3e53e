import type { ChannelTestResult } from "../wire/dispatcher-rpc.ts";
import { attempt } from "./attempt.ts";
import type { ChannelEntry, ReadyChannel } from "./channel-book.ts";
import type { DeliveryQueues } from "./delivery-queues.ts";
import type { DispatcherOptions } from "./ports.ts";

/**
 * Test messages. Somebody waits for one, so it goes beside the channel's queue and its pace; but
 * for each channel only one at a time.
 */
export class ChannelTests {
  readonly #options: DispatcherOptions;
  readonly #queues: DeliveryQueues;
  readonly #underWay = new Set<string>();

  constructor(options: DispatcherOptions, queues: DeliveryQueues) {
    this.#options = options;
    this.#queues = queues;
  }

  /** Sends one and says what came back. If it arrived, what waits for the channel is tried at once. */
  async run(entry: ChannelEntry): Promise<ChannelTestResult> {
    const { name: channel, type } = entry;
    const none = { channel, type, delivered: false, status: null, durationMs: 0 };
    if (entry.channel === undefined) {
      return { ...none, detail: `not configured, ${entry.problem}` };
    }
    if (this.#underWay.has(channel)) {
      return { ...none, detail: "a test message is under way; wait for what comes of it" };
    }
    this.#underWay.add(channel);
    try {
      return await this.#send(entry);
    } finally {
      this.#underWay.delete(channel);
    }
  }

  async #send(entry: ReadyChannel): Promise<ChannelTestResult> {
    const { tenant, config, transport, startTimer, now, random, onChange } = this.#options;
    const { delivery, messages } = config;
    const startedAt = now();
    const unique = Math.floor(random() * 2 ** 48).toString(36);
    const context = {
      tenant,
      language: entry.config.language ?? messages.language,
      timeZone: messages.timeZone,
      dashboardUrl: messages.dashboardUrl,
      idempotencyKey: `test:${startedAt}:${unique}/${entry.name}`,
      nowMs: startedAt,
    };
    const means = { transport, startTimer, timeoutMs: delivery.timeoutMs };
    const result = await attempt(entry.channel, { kind: "test" }, context, means);
    const delivered = result.verdict.kind === "delivered";
    if (delivered) {
      this.#queues.release(entry);
      onChange();
    }
    return {
      channel: entry.name,
      type: entry.type,
      delivered,
      status: result.status,
      durationMs: Math.max(0, now() - startedAt),
      detail: result.verdict.detail,
    };
  }
}
