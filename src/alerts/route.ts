import type { ChannelCommon } from "../notify/channel-config.ts";
import type { Alert } from "./alert.ts";

/** A channel as far as it matters to whom an alert is told. */
export interface Route extends Pick<ChannelCommon, "severities" | "targets"> {
  readonly channel: string;
}

/** The channels that an alert is told to, in the order of the configuration. */
export function channelsFor(alert: Alert, routes: readonly Route[]): string[] {
  return routes
    .filter(
      ({ severities, targets }) =>
        severities.includes(alert.severity) && (targets?.includes(alert.target) ?? true),
    )
    .map(({ channel }) => channel);
}
