import { answerFault } from "./report-answer.ts";
import type { ReportOutcome } from "./report-sender.ts";
import { TextCounts } from "./text-counts.ts";

/** What came of many requests. All but `requests`, `retries` and `failures` count timings. */
export interface ReportTotals {
  readonly requests: number;
  readonly sent: number;
  /** Accepted by the answer to the request that brought them. */
  readonly accepted: number;
  /** Counted by an attempt whose answer was lost, as a later one found. */
  readonly duplicates: number;
  readonly rejected: Readonly<Record<string, number>>;
  /** Of requests that were not acknowledged by any attempt. */
  readonly failed: number;
  readonly retries: number;
  /** Why requests failed, and how many each. */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers that cannot be right, and how many of each. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Adds up what came of requests. */
export class ReportTally {
  readonly #rejected = new TextCounts();
  readonly #failures = new TextCounts();
  readonly #faults = new TextCounts();
  #requests = 0;
  #sent = 0;
  #accepted = 0;
  #duplicates = 0;
  #failed = 0;
  #retries = 0;

  /** @param size - how many timings the request had. */
  add(size: number, outcome: ReportOutcome): void {
    this.#requests += 1;
    this.#sent += size;
    this.#retries += outcome.attempts - 1;
    if (outcome.kind === "failed") {
      this.#failed += size;
      this.#failures.add(outcome.error.message);
      return;
    }
    const { answer, attempts } = outcome;
    this.#accepted += answer.accepted;
    for (const { reason } of answer.rejected) this.#rejected.add(reason);
    const fault = answerFault(answer, size, attempts);
    if (fault !== undefined) this.#faults.add(fault);
    else this.#duplicates += size - answer.accepted - answer.rejected.length;
  }

  totals(): ReportTotals {
    return {
      requests: this.#requests,
      sent: this.#sent,
      accepted: this.#accepted,
      duplicates: this.#duplicates,
      rejected: this.#rejected.toRecord(),
      failed: this.#failed,
      retries: this.#retries,
      failures: this.#failures.toRecord(),
      faults: this.#faults.toRecord(),
    };
  }
}
