// A real project imports from "tachograph/client".
import {
  classifyError,
  classifyStatus,
  type Outcome,
  type Tachograph,
} from "../../src/client/index.ts";
import type { Destination } from "./destination.ts";
import type { Env } from "./env.ts";
import type { TrackedEvent } from "./tracked-event.ts";

/** How long a platform may take. Whoever tracks would rather lose an event than wait. */
export const PLATFORM_TIMEOUT_MS = 5_000;

/** What became of an event at one platform. */
export interface Delivery {
  readonly outcome: Outcome;
  /** The HTTP status, or null when there was no answer. */
  readonly status: number | null;
}

/** Forwards `event` to one platform. A failure is an outcome, never an exception. */
export async function forward(
  tacho: Tachograph,
  env: Env,
  destination: Destination,
  event: TrackedEvent,
): Promise<Delivery> {
  const { target, operation } = destination;
  try {
    const response = await tacho.fetch(target, operation, destination.request(event, Date.now()), {
      timeoutMs: PLATFORM_TIMEOUT_MS,
      ...(destination.classify && { classify: (answer) => destination.classify?.(answer) }),
      ...(env.PLATFORMS && { fetcher: env.PLATFORMS }),
    });
    // The client classifies a clone after we have the response; our own answer needs it now.
    const outcome = await destination.classify?.(response.clone());
    await response.body?.cancel();
    return { outcome: outcome ?? classifyStatus(response.status), status: response.status };
  } catch (error) {
    return { outcome: classifyError(error), status: null };
  }
}
