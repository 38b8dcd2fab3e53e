import type { ChannelCommon } from "../notify/channel-config.ts";
import type { NoticeEvent } from "../notify/notice.ts";
import type { Alert } from "./alert.ts";

/** A channel as far as it matters to whom an alert is told. What it does not name it takes all of. */
export interface Route
  extends
    Pick<ChannelCommon, "severities" | "targets">,
    Partial<Pick<ChannelCommon, "operations" | "rules" | "events">> {
  readonly channel: string;
}

/** The channels that an alert is told to, in the order of the configuration. */
export function channelsFor(alert: Alert, routes: readonly Route[]): string[] {
  return routes.filter((route) => isFor(alert, route)).map(({ channel }) => channel);
}

/** The channels that are told of an event, of alerts that they were told of. */
export function listenersTo(event: NoticeEvent, routes: readonly Route[]): ReadonlySet<string> {
  return new Set(
    routes.filter(({ events }) => events?.includes(event) ?? true).map(({ channel }) => channel),
  );
}

function isFor(
  { severity, target, operation, rule }: Alert,
  { severities, targets, operations, rules }: Route,
): boolean {
  return (
    severities.includes(severity) &&
    (targets?.includes(target) ?? true) &&
    (operations?.includes(operation) ?? true) &&
    (rules?.includes(rule) ?? true)
  );
}
