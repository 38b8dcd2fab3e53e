import type { ChannelConfig } from "../notify/channel-config.ts";
import type { Channel } from "../notify/channel.ts";
import { errorText } from "./error-text.ts";
import type { DispatcherOptions } from "./ports.ts";

/** A channel that messages can be made for. */
export interface ReadyChannel {
  readonly name: string;
  readonly type: string;
  readonly config: ChannelConfig;
  readonly channel: Channel;
  readonly problem: undefined;
}

/** A channel that something has to be set for. */
export interface UnconfiguredChannel {
  readonly name: string;
  readonly type: string;
  /** Undefined for one that the configuration does not name. */
  readonly config: ChannelConfig | undefined;
  readonly channel: undefined;
  /** What is missing, and where to put it. */
  readonly problem: string;
}

export type ChannelEntry = ReadyChannel | UnconfiguredChannel;

/** The configured channels. A channel is made once: secrets change with a deployment, which begins anew. */
export class ChannelBook {
  readonly #entries: ReadonlyMap<string, ChannelEntry>;

  constructor({ config, makeChannel }: Pick<DispatcherOptions, "config" | "makeChannel">) {
    this.#entries = new Map(
      Object.entries(config.channels).map(([name, channelConfig]) => [
        name,
        makeEntry(name, channelConfig, makeChannel),
      ]),
    );
  }

  /** Every channel that the configuration names. */
  all(): readonly ChannelEntry[] {
    return [...this.#entries.values()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Whether there is a channel of this name that is told when something is over. */
  hearsOfEnds(name: string): boolean {
    return this.#entries.get(name)?.config?.events.includes("resolved") ?? false;
  }

  get(name: string): ChannelEntry {
    const problem = "the configuration names no such channel (channels in tachograph.config.ts)";
    return (
      this.#entries.get(name) ?? {
        name,
        type: "unknown",
        config: undefined,
        channel: undefined,
        problem,
      }
    );
  }

  /** The channels that messages can be made for. */
  ready(): readonly ReadyChannel[] {
    return this.all().filter((entry) => entry.channel !== undefined);
  }
}

function makeEntry(
  name: string,
  config: ChannelConfig,
  makeChannel: DispatcherOptions["makeChannel"],
): ChannelEntry {
  const { type } = config;
  try {
    const made = makeChannel(config);
    if (made.ok) return { name, type, config, channel: made.channel, problem: undefined };
    const missing = made.missing.join(", ");
    const problem = `missing: ${missing}. Set with "wrangler secret put", or locally in .dev.vars`;
    return { name, type, config, channel: undefined, problem };
  } catch (cause) {
    return { name, type, config, channel: undefined, problem: errorText(cause) };
  }
}
