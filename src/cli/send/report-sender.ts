import type { ApiClient } from "../api/api-client.ts";
import { type RetryOptions, withRetries } from "../api/with-retries.ts";
import { CliError } from "../cli-error.ts";
import { REPORT_ANSWER, type ReportAnswer } from "./report-answer.ts";

/** What came of one request, after all attempts. */
export type ReportOutcome =
  | { readonly kind: "acknowledged"; readonly attempts: number; readonly answer: ReportAnswer }
  /**
   * Not acknowledged, though it may have been counted: an answer can be lost. Unless its error is
   * passing, it is no use to go on.
   */
  | { readonly kind: "failed"; readonly attempts: number; readonly error: CliError };

/**
 * Sends reports of one reporter, one after another. Each has a number, so that Tachograph counts it
 * once however often it is sent. Two at the same time need two senders: a number below one that was
 * counted is taken for a repeat.
 */
export class ReportSender {
  readonly #api: ApiClient;
  readonly #reporter: string;
  readonly #retries: RetryOptions;
  #sequence = 0;
  /** How often the latest request was sent. */
  attempts = 0;

  /** @param reporter - a name that nobody else uses, nor this program later. */
  constructor(api: ApiClient, reporter: string, retries: RetryOptions) {
    this.#api = api;
    this.#reporter = reporter;
    this.#retries = retries;
  }

  /**
   * Sends timings until they are acknowledged, have failed too often, or fail for what will not be
   * over in a moment, as a token that is not good.
   * @throws the reason of the signal.
   */
  async send(timings: readonly object[]): Promise<ReportOutcome> {
    this.#sequence += 1;
    const json = { reporter: this.#reporter, sequence: this.#sequence, timings };
    this.attempts = 0;
    try {
      const answer = await withRetries(this.#retries, async (attempt) => {
        this.attempts = attempt;
        const path = "/v1/timings";
        const text = await this.#api.readText(path, { method: "POST", json, alsoOk: [422] });
        return this.#api.parse(path, text, REPORT_ANSWER);
      });
      return { kind: "acknowledged", attempts: this.attempts, answer };
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return { kind: "failed", attempts: this.attempts, error };
    }
  }
}
