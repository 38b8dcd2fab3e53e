import { type ChannelHealth, REFUSALS_UNTIL_FAILING } from "../wire/dispatcher-rpc.ts";
import type { ChannelRecord } from "./dispatch-store.ts";

/** How a channel stands that has what it needs. */
export function channelState({
  failures,
  refused,
  isDisabled,
}: ChannelRecord): Exclude<ChannelHealth["state"], "unconfigured"> {
  if (isDisabled) return "disabled";
  return failures > 0 || refused >= REFUSALS_UNTIL_FAILING ? "failing" : "ok";
}

/** Whether a channel's next attempt may take as long as an attempt can. */
export function mayHang({ failures, isDisabled }: ChannelRecord): boolean {
  return failures > 0 || isDisabled;
}
