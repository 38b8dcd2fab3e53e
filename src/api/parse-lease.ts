import type { LeaseRequest } from "../limits/limit-requests.ts";
import { isLeaseId, LEASE_ID_RULE } from "../limits/permit-request-problem.ts";
import { isName } from "../names.ts";
import { permitsProblem } from "./parse-take.ts";
import { type FieldError, invalidBody, type Problem } from "./problem.ts";
import type { JsonObject } from "./read-body.ts";

/**
 * Reads the body of `POST /v1/limits/{target}/lease`: `holder`, `permits`, and to settle an earlier
 * lease `spent`, with `leaseId` if it is not the holder's last one. Other members are ignored.
 *
 * @param newLeaseId - names the lease that a holder may get; never the same twice.
 * @returns what is asked of the bucket, or a 400 that names every fault.
 */
export function parseLease(
  body: JsonObject,
  newLeaseId: (holder: string) => string,
): LeaseRequest | Problem {
  const { holder, permits, spent, leaseId } = body;
  const errors = leaseErrors(body);
  if (errors.length > 0 || !isName(holder)) {
    return invalidBody("The body does not say what to lease; see errors.", errors);
  }
  return {
    holder,
    permits: Number(permits),
    spent: spent === undefined ? undefined : Number(spent),
    leaseId: isLeaseId(leaseId) ? leaseId : undefined,
    newLeaseId: newLeaseId(holder),
  };
}

function leaseErrors({ holder, permits, spent, leaseId }: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  if (!isName(holder)) {
    const reason = "must be 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit";
    errors.push({ pointer: "/holder", reason });
  }
  const permitsFault = permitsProblem(permits, spent === undefined ? 1 : 0);
  if (permitsFault !== undefined) {
    const reason = permits === 0 ? `${permitsFault}; 0 only with spent, to settle` : permitsFault;
    errors.push({ pointer: "/permits", reason });
  }
  const spentFault = spent === undefined ? undefined : permitsProblem(spent, 0);
  if (spentFault !== undefined) errors.push({ pointer: "/spent", reason: spentFault });
  if (leaseId !== undefined && !isLeaseId(leaseId)) {
    const reason = `must be ${LEASE_ID_RULE}, as a lease gave it`;
    errors.push({ pointer: "/leaseId", reason });
  } else if (leaseId !== undefined && spent === undefined) {
    errors.push({ pointer: "/leaseId", reason: "must come with spent, which is about that lease" });
  }
  return errors;
}
