import type { Verdict } from "../notify/channel.ts";
import { REFUSALS_UNTIL_FAILING } from "../wire/dispatcher-rpc.ts";
import type { Batch, ChannelRecord } from "./dispatch-store.ts";
import { heededWaitMs, LONGEST_LIFE_MS, LONGEST_RETRY_MS, retryWaitMs } from "./retry-wait.ts";
import { longer, waitFor } from "./wait.ts";

/** Where a message and its channel stand after an attempt. */
export interface Aftermath {
  readonly batch: Batch;
  readonly record: ChannelRecord;
  /** Undefined as long as the message is tried again. */
  readonly end:
    | { readonly state: "delivered" | "dead"; readonly reason: string | null }
    | undefined;
}

/** What an attempt's aftermath depends on, besides its verdict. */
export interface AttemptTerms {
  readonly nowMs: number;
  /** Uniform in [0, 1). */
  readonly random: number;
  readonly paceMs: number;
  readonly maxAttempts: number;
}

/**
 * What follows from a verdict. A message that may yet succeed waits, and its channel with it: by the
 * message's own failures and by those of the channel in a row, whatever they were about. So a
 * message that only itself is refused does not hold up others for long, and a receiver that is away
 * is not asked once for each message.
 */
export function afterAttempt(
  batch: Batch,
  record: ChannelRecord,
  verdict: Verdict,
  { nowMs, random, paceMs, maxAttempts }: AttemptTerms,
): Aftermath {
  const paced = { ...record, wait: longer(record.wait, waitFor(nowMs, paceMs)) };
  const well = { ...paced, failures: 0, isDisabled: false };
  const failingSince = record.failingSince ?? nowMs;
  const { detail } = verdict;
  switch (verdict.kind) {
    case "delivered":
      return {
        batch,
        record: {
          ...well,
          refused: 0,
          failingSince: null,
          lastDeliveredAt: nowMs,
          lastError: null,
        },
        end: { state: "delivered", reason: null },
      };
    case "dead": {
      // The receiver is there, it only does not want this message; unless it wants none.
      const refused = record.refused + 1;
      const isFailing = refused >= REFUSALS_UNTIL_FAILING;
      return {
        batch,
        record: {
          ...well,
          refused,
          failingSince: isFailing ? failingSince : null,
          lastError: detail,
        },
        end: { state: "dead", reason: detail },
      };
    }
    case "disabled": {
      const wait = waitFor(nowMs, LONGEST_RETRY_MS);
      return {
        batch: { ...batch, wait, lastError: detail },
        record: { ...record, wait, isDisabled: true, failingSince, lastError: detail },
        end: undefined,
      };
    }
    case "retry": {
      const failures = record.failures + 1;
      const lifeLeftMs = batch.newestAt + LONGEST_LIFE_MS - nowMs;
      const heededMs = heededWaitMs(verdict.retryAfterMs, lifeLeftMs);
      const held = waitFor(nowMs, retryWaitMs(failures, random, heededMs));
      const failed = { ...batch, failures: batch.failures + 1, lastError: detail };
      const reason = `given up after ${failed.failures} failed attempts; the last: ${detail}`;
      const waitMs = retryWaitMs(failed.failures, random, heededMs);
      return {
        batch: { ...failed, wait: waitFor(nowMs, waitMs) },
        record: {
          ...paced,
          wait: longer(paced.wait, held),
          failures,
          isDisabled: false,
          failingSince,
          lastError: detail,
        },
        end: failed.failures >= maxAttempts ? { state: "dead", reason } : undefined,
      };
    }
  }
}
