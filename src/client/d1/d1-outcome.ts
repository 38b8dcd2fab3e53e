import type { Outcome } from "../../outcome.ts";
import { classifyError } from "../classify.ts";

/**
 * D1's own word for a query that took too long: it throws a plain `Error` with it
 * (developers.cloudflare.com/d1/observability/debug-d1).
 */
const TIMEOUT_TEXT = "storage operation exceeded timeout";

/** How a query that threw ended: `timeout` also for D1's own, which is known by its text only. */
export function d1Outcome(error: unknown): Outcome {
  if (error instanceof Error && error.message.includes(TIMEOUT_TEXT)) return "timeout";
  return classifyError(error);
}
