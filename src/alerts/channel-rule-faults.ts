import type { ConfigFault } from "../config-schema-parts.ts";
import type { ChannelConfig } from "../notify/channel-config.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import { didYouMean } from "./inhibition-faults.ts";
import type { Rule } from "./rule.ts";
import { SYSTEM_RULES } from "./system-rules.ts";

/**
 * Rules that channels name and that do not exist: such a channel would wait for ever. Defaults that
 * are off may be named. Paths begin with the channel's name.
 */
export function channelRuleFaults(
  channels: Readonly<Record<string, ChannelConfig>>,
  rules: readonly Rule[],
): readonly ConfigFault[] {
  const known = [...rules, ...DEFAULT_RULES].map(({ name }) => name);
  const names = [...new Set([...known, ...SYSTEM_RULES])];
  return Object.entries(channels).flatMap(([channel, config]) =>
    (config.rules ?? []).flatMap((rule, index) => {
      if (names.includes(rule)) return [];
      const reason = `no rule is called ${rule}${didYouMean(rule, names)}`;
      return [{ path: `${channel}.rules.${index}`, reason }];
    }),
  );
}
