import { capacityProblem, type LimitRule, refillProblem } from "../limits/limit-rule.ts";
import { type FieldError, invalidBody, type Problem } from "./problem.ts";
import type { JsonObject } from "./read-body.ts";

/**
 * Reads the body of `PUT /v1/limits/{target}`; members beside the two are ignored.
 * @returns the limit, or a 400 that names every fault.
 */
export function parseLimitRule({ capacity, refillPerMinute }: JsonObject): LimitRule | Problem {
  const errors: FieldError[] = [];
  const capacityFault = capacityProblem(capacity);
  if (capacityFault !== undefined) errors.push({ pointer: "/capacity", reason: capacityFault });
  const refillFault = refillProblem(refillPerMinute);
  if (refillFault !== undefined) errors.push({ pointer: "/refillPerMinute", reason: refillFault });
  if (errors.length > 0) return invalidBody("The body is no limit; see errors.", errors);
  return { capacity: Number(capacity), refillPerMinute: Number(refillPerMinute) };
}
