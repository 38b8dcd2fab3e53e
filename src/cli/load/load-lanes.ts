import { randomUUID } from "node:crypto";
import type { ApiClient } from "../api/api-client.ts";
import type { RetryOptions } from "../api/with-retries.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import { type ReportOutcome, ReportSender } from "../send/report-sender.ts";

/** How often a request is sent until it is acknowledged. */
const ATTEMPTS = 5;

/** Senders that send at the same time, each under a name of its own. */
export class LoadLanes {
  readonly #senders: readonly ReportSender[];
  readonly #signal: AbortSignal;

  /**
   * @param count - how many there are.
   * @param retries - its signal ends what is under way.
   */
  constructor(api: ApiClient, count: number, retries: Omit<RetryOptions, "attempts">) {
    this.#signal = retries.signal;
    this.#senders = Array.from(
      { length: count },
      () => new ReportSender(api, `load-${randomUUID()}`, { ...retries, attempts: ATTEMPTS }),
    );
  }

  /**
   * Sends timings over a lane, one request at a time on each. Where there is no more time for it, it
   * has failed: then it is unknown whether it was counted.
   * @param lane - 0 to one less than there are.
   */
  async send(lane: number, timings: readonly object[]): Promise<ReportOutcome> {
    const sender = this.#senders[lane];
    if (sender === undefined) throw new RangeError(`there is no lane ${lane}`);
    try {
      return await sender.send(timings);
    } catch (cause) {
      if (!this.#signal.aborted) throw cause;
      const exitCode = EXIT.interrupted;
      const error = new CliError("stopped before it was answered", { exitCode, cause });
      return { kind: "failed", attempts: sender.attempts, error };
    }
  }
}
