import type { LeaseOutcome } from "../../limits/limit-requests.ts";
import type { LimitAnswer } from "../../wire/limit-rpc.ts";
import type { Handler } from "../context.ts";
import { readLimitBody } from "../limit-body.ts";
import { bucketBody, denialProblem, withRateLimit } from "../limit-response.ts";
import { answerOf, changeableTarget, limitShard, noLimit } from "../limit-shard.ts";
import { parseLease } from "../parse-lease.ts";
import { orThrow, problemResponse, unknownLease, unprocessable } from "../problem.ts";
import { requireKnown } from "../require-known.ts";

/** `POST /v1/limits/{target}/lease`: permits to be used for a while, as many as there are. */
export const postLease: Handler = async (request, { env, who }) => {
  const target = changeableTarget(request);
  const asked = orThrow(parseLease(await readLimitBody(request), newLeaseId));
  await requireKnown(env, who.tenant, target);
  const call = limitShard(env, who.tenant, target).leasePermits(asked);
  const answer = await answerOf<LimitAnswer<LeaseOutcome> | null>(call, target);
  if (answer === null) throw noLimit(target);
  const { outcome } = answer;
  const retryAfterMs = outcome.kind === "denied" ? outcome.retryAfterMs : undefined;
  return withRateLimit(leaseResponse(outcome, answer), answer, Date.now(), retryAfterMs);
};

/** A holder's name and 64 random bits: at most 81 characters. */
function newLeaseId(holder: string): string {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return `${holder}.${high.toString(16).padStart(8, "0")}${low.toString(16).padStart(8, "0")}`;
}

function leaseResponse(outcome: LeaseOutcome, answer: LimitAnswer<LeaseOutcome>): Response {
  const bucket = bucketBody(answer);
  switch (outcome.kind) {
    case "granted": {
      const { leaseId, permits, expiresAt, lifeMs } = outcome;
      return Response.json({ leaseId, permits, expiresAt, lifeMs, ...bucket });
    }
    case "settled":
      return Response.json({ leaseId: null, permits: 0, expiresAt: null, ...bucket });
    case "unknown_lease":
      return problemResponse(
        unknownLease(
          "The holder has no such lease: it was settled, or it expired and its permits count as " +
            "used. Ask without leaseId and spent.",
        ),
      );
    case "above_lease": {
      const reason = `must be at most ${outcome.permits}, the permits of the lease`;
      return problemResponse(
        unprocessable(`More cannot be spent of a lease than it had: spent ${reason}.`, {
          errors: [{ pointer: "/spent", reason }],
        }),
      );
    }
    case "denied":
      return problemResponse(denialProblem(outcome, answer));
  }
}
