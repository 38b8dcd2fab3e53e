import { type RateLimiterAbstract, RateLimiterRes } from "rate-limiter-flexible";
import type { Decision } from "../workers/limits-tachograph.ts";

/** Takes one point of the only key. @throws Error if the limiter could not decide. */
export async function takePoint(limiter: RateLimiterAbstract): Promise<Decision> {
  try {
    await limiter.consume("bench");
    return { granted: true, at: Date.now() };
  } catch (cause) {
    // This is how it says no; everything else is a failure.
    if (cause instanceof RateLimiterRes) return { granted: false, at: Date.now() };
    throw cause;
  }
}
