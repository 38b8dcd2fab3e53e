import type { Notification } from "../notify/notice.ts";

/** Where a notification stands. */
export const NOTIFICATION_STATES = ["queued", "delivered", "dead"] as const;

export type NotificationState = (typeof NOTIFICATION_STATES)[number];

/** One notification as `GET /v1/notifications` shows it. Times are epoch milliseconds. */
export interface NotificationView {
  readonly id: string;
  readonly channel: string;
  /** Id of the alert, or of the report that it carries. */
  readonly alert: string;
  readonly event: string;
  readonly state: NotificationState;
  readonly attempts: number;
  readonly queuedAt: number;
  /** When it is tried next; null when it is not. */
  readonly nextAt: number | null;
  readonly deliveredAt: number | null;
  readonly lastError: string | null;
}

/** What the coordinator tells of itself, with what it hands over. */
export interface CoordinatorBeat {
  readonly at: number;
  /** When it will have ticked again, or null if it sleeps. */
  readonly nextTickAt: number | null;
}

export interface HandOver {
  readonly beat: CoordinatorBeat;
  /** At most {@link MAX_HAND_OVER}. */
  readonly notifications: readonly Notification[];
}

/** Most notifications in one hand-over. */
export const MAX_HAND_OVER = 500;

export interface HandOverAnswer {
  /** All of them are in storage: the coordinator may forget them. */
  readonly accepted: number;
  readonly health: DispatcherHealth;
}

/** A receiver that refused so many messages in a row wants none: the channel is failing. */
export const REFUSALS_UNTIL_FAILING = 3;

/** How one channel stands. */
export interface ChannelHealth {
  readonly channel: string;
  readonly type: string;
  readonly state: "ok" | "failing" | "disabled" | "unconfigured";
  readonly queued: number;
  readonly delivered: number;
  readonly dead: number;
  /** Notifications that were dropped because the queue was full. */
  readonly dropped: number;
  /** Reminders that were let go of when something newer of the same alert came. */
  readonly superseded: number;
  /** Messages that the receiver refused in a row: none was delivered in between. */
  readonly refused: number;
  readonly oldestQueuedAt: number | null;
  readonly lastDeliveredAt: number | null;
  readonly lastError: string | null;
}

/** How a dispatcher stands. */
export interface DispatcherHealth {
  readonly at: number;
  /** When its alarm last ran through, or null. */
  readonly ranAt: number | null;
  /** When it is due to run again, in the past if it is late, or null if nothing waits. */
  readonly nextRunAt: number | null;
  readonly lastError: string | null;
  readonly channels: readonly ChannelHealth[];
  /** When the coordinator last gave a sign of life. */
  readonly beat: CoordinatorBeat | null;
  /** When the heartbeat URL was last called well, or null. */
  readonly heartbeatAt: number | null;
  /** Why its last call failed, or null. */
  readonly heartbeatError: string | null;
  /** Why the reports that are due could not be written, or null. */
  readonly reportsError: string | null;
}

/** What came back from a test message. */
export interface ChannelTestResult {
  readonly channel: string;
  readonly type: string;
  readonly delivered: boolean;
  /** The status of the answer, or null if there was none. */
  readonly status: number | null;
  readonly durationMs: number;
  /** What the answer means, and what to do. */
  readonly detail: string;
}

/** What a tenant's dispatcher does for others. */
export interface DispatcherRpc {
  handOver(request: HandOver): Promise<HandOverAnswer>;
  notifications(
    state: NotificationState | undefined,
    limit: number,
  ): Promise<readonly NotificationView[]>;
  /** Null for a channel that the configuration does not name. */
  testChannel(channel: string): Promise<ChannelTestResult | null>;
  health(): Promise<DispatcherHealth>;
}
