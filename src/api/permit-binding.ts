import { config } from "../configured.ts";
import { fanOut } from "../coordinator/fan-out.ts";
import { withDeadline } from "../deadline.ts";
import { permitRequestProblem } from "../limits/permit-request-problem.ts";
import { isPlanTarget } from "../limits/plan-limits.ts";
import { askShard } from "../wire/permit-message.ts";
import { PERMIT_DEADLINE_MS, RIDING_PERMITS_DEADLINE_MS } from "../wire/deadlines.ts";
import type { PermitAnswer, PermitRequest } from "../wire/permits.ts";
import { directCalls } from "./shard-calls.ts";
import { shardFor } from "./shard-for.ts";

/** How many shards are asked at the same time. */
const CONCURRENCY = 16;

/**
 * Asks for permits on behalf of a tracking Worker: what a service binding's `permit` does. It never
 * rejects.
 */
export async function takePermit(
  env: Env,
  tenant: string,
  request: PermitRequest,
  deadlineMs = PERMIT_DEADLINE_MS,
  calls = directCalls(env),
): Promise<PermitAnswer> {
  const problem = permitRequestProblem(request);
  if (problem !== undefined) return failed(request, "invalid", problem);
  if (isPlanTarget(request.target)) {
    return failed(request, "invalid", `${request.target} guards the API itself: it is no target`);
  }
  try {
    const { target, holder } = request;
    const name = shardFor(config, { tenant, target, reporter: holder }, 0);
    const answer = askShard({ permit: (text) => calls.permit(name, text) }, request);
    return await withDeadline(answer, deadlineMs, "the shard's answer");
  } catch (cause) {
    console.error(`${tenant}: no answer about permits`, cause);
    const detail = cause instanceof Error ? cause.message : String(cause);
    return failed(
      request,
      "unavailable",
      `the bucket of ${request.target} did not answer: ${detail}`,
    );
  }
}

/**
 * The requests that ride along with a report, answered in their order. It never rejects, and waits
 * no longer than {@link RIDING_PERMITS_DEADLINE_MS}: whose turn has not come by then is not asked.
 * @param calls how the shards are called.
 */
export async function takePermits(
  env: Env,
  tenant: string,
  requests: readonly PermitRequest[],
  calls = directCalls(env),
): Promise<PermitAnswer[]> {
  const deadlineMs = RIDING_PERMITS_DEADLINE_MS;
  const answers = new Map<number, PermitAnswer>();
  let isOver = false;
  const ask = async ([position, request]: [number, PermitRequest]): Promise<void> => {
    // A lease that nobody waits for any more must not be opened.
    if (!isOver) answers.set(position, await takePermit(env, tenant, request, deadlineMs, calls));
  };
  const limits = { concurrency: CONCURRENCY, deadlineMs };
  // Begun a moment later, so that the deadline of all is over before that of the first is.
  const all = Promise.resolve().then(() => fanOut(requests.entries(), ask, limits));
  try {
    await withDeadline(all, deadlineMs, "the answers about permits");
  } catch (cause) {
    console.error(`${tenant}: a report goes without some of its permits`, cause);
  }
  isOver = true;
  const late = `there was no answer within the ${deadlineMs} ms that a report waits; ask again`;
  return requests.map(
    (request, position) => answers.get(position) ?? failed(request, "unavailable", late),
  );
}

function failed(
  request: PermitRequest,
  reason: "unavailable" | "invalid",
  detail: string,
): PermitAnswer {
  const target: unknown = request?.target;
  return { kind: "failed", target: typeof target === "string" ? target : "", reason, detail };
}
