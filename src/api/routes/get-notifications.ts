import {
  NOTIFICATION_STATES,
  type NotificationState,
  type NotificationView,
} from "../../wire/dispatcher-rpc.ts";
import { askCoordinator, askDispatcher } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { queryChoice, queryInteger } from "../parse-query.ts";
import { orThrow } from "../problem.ts";

const DEFAULT_LIMIT = 200;
const MAX_LIMIT = 1_000;

/**
 * `GET /v1/notifications[?state=queued|delivered|dead][&limit=200]`: what is or was to be sent, the
 * newest first, from the moment an alert asks for it.
 */
export const getNotifications: Handler = async (_request, { env, who, url }) => {
  const state = orThrow(queryChoice(url.searchParams, "state", NOTIFICATION_STATES));
  const limit = orThrow(queryInteger(url.searchParams, "limit", 1, MAX_LIMIT)) ?? DEFAULT_LIMIT;
  const notifications = await readNotifications(env, who.tenant, state, limit);
  return Response.json({ notifications }, { headers: { "Cache-Control": "no-store" } });
};

async function readNotifications(
  env: Env,
  tenant: string,
  state: NotificationState | undefined,
  limit: number,
): Promise<readonly NotificationView[]> {
  // The coordinator first: what it hands over in between is then found twice, and shown once.
  const outgoing =
    state === undefined || state === "queued"
      ? await askCoordinator<readonly NotificationView[]>(env, tenant, (coordinator) =>
          coordinator.outgoing(),
        )
      : [];
  const taken = await askDispatcher<readonly NotificationView[]>(env, tenant, (dispatcher) =>
    dispatcher.notifications(state, limit),
  );
  return newest(outgoing, taken, limit);
}

/** Both lists as one; of what is in both, the dispatcher knows more. */
export function newest(
  outgoing: readonly NotificationView[],
  taken: readonly NotificationView[],
  limit: number,
): readonly NotificationView[] {
  const known = new Set(taken.map(({ id }) => id));
  return [...outgoing.filter(({ id }) => !known.has(id)), ...taken]
    .toSorted((one, other) => other.queuedAt - one.queuedAt)
    .slice(0, limit);
}
