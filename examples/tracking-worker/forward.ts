// A real project imports from "tachograph/client".
import {
  type CallOutcome,
  classifyError,
  type Outcome,
  type Tachograph,
} from "../../src/client/index.ts";
import type { Destination } from "./destination.ts";
import type { Env } from "./env.ts";
import type { OccurredEvent } from "./tracked-event.ts";

/** How long a platform may take. Whoever tracks would rather try again later than wait. */
export const PLATFORM_TIMEOUT_MS = 5_000;

/** Statuses that say that the events are wrong: to send them again is of no use. */
const REJECTIONS: ReadonlySet<number> = new Set([400, 413, 422]);

/** How one call to a platform went. */
export interface Forwarded {
  readonly outcome: Outcome;
  /** The HTTP status, or null when there was no answer. */
  readonly status: number | null;
  /** Whether the platform says that the events themselves are wrong. */
  readonly isRejected: boolean;
}

/**
 * Sends `events` to one platform, all in one request, for which the caller has a permit. A failure
 * is an outcome, never an exception.
 */
export async function forward(
  tacho: Tachograph,
  env: Env,
  destination: Destination,
  events: readonly OccurredEvent[],
): Promise<Forwarded> {
  const { target, operation, classify, rejectionCodes } = destination;
  const ended = Promise.withResolvers<CallOutcome>();
  try {
    const response = await tacho.fetch(target, operation, destination.request(events), {
      timeoutMs: PLATFORM_TIMEOUT_MS,
      onOutcome: ended.resolve,
      ...(classify && { classify }),
      ...(env.PLATFORMS && { fetcher: env.PLATFORMS }),
    });
    const { status } = response;
    // The client classifies a clone after we have the response; what we do next needs to know.
    const { outcome, code } = await ended.promise;
    await response.body?.cancel();
    const isCode = code !== undefined && rejectionCodes?.has(code) === true;
    return {
      outcome,
      status,
      isRejected: outcome === "error" && (isCode || REJECTIONS.has(status)),
    };
  } catch (error) {
    return { outcome: classifyError(error), status: null, isRejected: false };
  }
}
