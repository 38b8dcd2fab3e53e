import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { config } from "../../src/configured.ts";
import type { ChannelConfig } from "../../src/notify/channel-config.ts";
import type { Dispatcher } from "../../src/worker.ts";
import { until } from "./api.ts";

export function dispatcherOf(tenant: string): DurableObjectStub<Dispatcher> {
  return env.DISPATCHER.getByName(tenant);
}

/** A channel of messages to `https://NAME.receiver.test/hook`, see vitest.config.ts. */
export function hook(name: "a" | "b"): ChannelConfig {
  return {
    type: "slack",
    urlSecret: `RECEIVER_${name.toUpperCase()}_URL`,
    severities: ["CRITICAL", "HIGH", "MEDIUM", "LOW"],
    tenants: undefined,
    targets: undefined,
    operations: undefined,
    rules: undefined,
    events: ["firing", "repeat", "resolved"],
    reports: false,
    language: undefined,
  };
}

const { channels: CHANNELS, delivery: DELIVERY } = config;

/** What is configured, for objects that begin after it, until the end of the file. */
export function configure(
  channels: Readonly<Record<string, ChannelConfig>>,
  delivery: Partial<typeof config.delivery> = {},
): void {
  Object.assign(config, { channels, delivery: { ...DELIVERY, ...delivery } });
}

/** Makes the configuration what it was before any {@link configure}. */
export function restoreConfig(): void {
  Object.assign(config, { channels: CHANNELS, delivery: DELIVERY });
}

/** A request that a receiver got. */
export interface Received {
  readonly host: string;
  readonly body: string;
}

/** Answers what is sent to anybody outside. */
export function receive(
  answer: (received: Received, signal: AbortSignal | null) => Promise<Response> | Response,
) {
  const all: Received[] = [];
  const spy = vi.spyOn(globalThis, "fetch");
  spy.mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const received = { host: new URL(request.url).hostname, body: await request.text() };
    all.push(received);
    return answer(received, init?.signal ?? null);
  });
  return all;
}

/**
 * Waits until nothing of a dispatcher is under way: no message was begun whose attempt has not come
 * to an end. (An attempt that disables its channel is counted as none; this is not for those.)
 */
export async function untilSent(tenant: string): Promise<void> {
  await until(`nothing of ${tenant} is under way`, () =>
    runInDurableObject(dispatcherOf(tenant), (_, { storage }) => {
      const query = "SELECT COUNT(*) AS open FROM batches WHERE attempts > failures";
      return storage.sql.exec<{ open: number }>(query).one().open === 0;
    }),
  );
}
