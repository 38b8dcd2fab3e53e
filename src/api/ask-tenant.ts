import type { Coordinator } from "../../durable-objects/coordinator.ts";
import type { Dispatcher } from "../../durable-objects/dispatcher.ts";
import { withDeadline } from "../deadline.ts";
import { unavailable } from "./problem.ts";

/** How long a coordinator may take to answer: it may have to collect its shards first. */
const COORDINATOR_DEADLINE_MS = 5_000;

/** How long a dispatcher may take to answer, if it has to send nothing for it. */
const DISPATCHER_DEADLINE_MS = 5_000;

const RETRY_MS = 1_000;

/**
 * Asks the tenant's coordinator.
 * @throws Problem 503 if it fails or is late.
 */
export function askCoordinator<Answer>(
  env: Env,
  tenant: string,
  ask: (coordinator: DurableObjectStub<Coordinator>) => PromiseLike<Answer>,
): Promise<Answer> {
  const call = (): PromiseLike<Answer> => ask(env.COORDINATOR.getByName(tenant));
  return answerOf(call, COORDINATOR_DEADLINE_MS, `the coordinator of ${tenant}`);
}

/**
 * Asks the tenant's dispatcher.
 * @throws Problem 503 if it fails or is late.
 */
export function askDispatcher<Answer>(
  env: Env,
  tenant: string,
  ask: (dispatcher: DurableObjectStub<Dispatcher>) => PromiseLike<Answer>,
  deadlineMs = DISPATCHER_DEADLINE_MS,
): Promise<Answer> {
  const call = (): PromiseLike<Answer> => ask(env.DISPATCHER.getByName(tenant));
  return answerOf(call, deadlineMs, `the dispatcher of ${tenant}`);
}

async function answerOf<Answer>(
  call: () => PromiseLike<Answer>,
  deadlineMs: number,
  who: string,
): Promise<Answer> {
  try {
    return await withDeadline(call(), deadlineMs, "the answer");
  } catch (cause) {
    console.error(`${who} did not answer`, cause);
    throw unavailable(
      `T${who.slice(1)} did not answer. What it was asked to do may have been done or not; look, ` +
        "and try again.",
      RETRY_MS,
    );
  }
}
