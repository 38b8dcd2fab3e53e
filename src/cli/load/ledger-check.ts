import * as v from "valibot";
import type { TimeRange } from "../../merge/history.ts";
import { DAY_MS, startOf } from "../../merge/slot-time.ts";
import type { ApiClient } from "../api/api-client.ts";
import { Shape } from "../api/shape.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import type { CliSession } from "../session.ts";

/** What the books say of acknowledged timings. */
export type LedgerFinding =
  /** They are in, and nothing else. */
  | { readonly kind: "complete" }
  /** So many more are in, of somebody who sends to the same targets: they may hide what is missing. */
  | { readonly kind: "unclear"; readonly others: number }
  | { readonly kind: "short"; readonly missing: number }
  | { readonly kind: "unchecked"; readonly why: string };

/** What of `/v1/totals` counts timings. */
const COUNTS = new Shape(v.looseObject({ points: v.array(v.looseObject({ count: v.number() })) }));

/** How long what was acknowledged may take into the books, milliseconds. */
const SETTLE_MS = 15_000;

const POLL_MS = 500;

/** What is counted of some targets over some days. */
interface Books extends TimeRange {
  readonly targets: readonly string[];
}

/**
 * Compares what was acknowledged with what Tachograph counted of the same targets: what others send
 * to other targets meanwhile does not stand for what is missing.
 */
export class LedgerCheck {
  readonly #api: ApiClient;
  readonly #books: Books;
  readonly #before: number | undefined;
  readonly #why: string;

  private constructor(api: ApiClient, books: Books, before: number | undefined, why: string) {
    this.#api = api;
    this.#books = books;
    this.#before = before;
    this.#why = why;
  }

  /**
   * Looks at the books before anything is sent. A token that may not read them is no failure, nor is
   * the end of the signal.
   * @param targets - all that is sent to, 64 at most.
   * @param nowMs - the time, epoch milliseconds.
   */
  static async begin(
    { api, io }: Pick<CliSession, "api" | "io">,
    targets: readonly string[],
    nowMs: number,
  ): Promise<LedgerCheck> {
    const today = startOf(nowMs, DAY_MS);
    // Whole days around it, so that neither midnight nor a clock that is off matters.
    const books = { targets, from: today - DAY_MS, to: today + 3 * DAY_MS };
    const unchecked = (why: string): LedgerCheck => new LedgerCheck(api, books, undefined, why);
    try {
      return new LedgerCheck(api, books, await countOf(api, books), "");
    } catch (error) {
      if (io.signal.aborted) return unchecked("it was stopped");
      if (!(error instanceof CliError && error.exitCode === EXIT.token)) throw error;
      return unchecked("the token may not read /v1/totals");
    }
  }

  /**
   * Waits until the books have what was acknowledged, for 15 s at most.
   * @param counted - timings that were acknowledged as counted.
   */
  async finish(
    counted: number,
    nowMs: () => number,
    { signal, pause }: Pick<CliSession["io"], "signal" | "pause">,
  ): Promise<LedgerFinding> {
    if (this.#before === undefined) return { kind: "unchecked", why: this.#why };
    const untilMs = nowMs() + SETTLE_MS;
    try {
      for (;;) {
        const missing = this.#before + counted - (await countOf(this.#api, this.#books));
        if (missing === 0) return { kind: "complete" };
        if (missing < 0) return { kind: "unclear", others: -missing };
        if (nowMs() >= untilMs) return { kind: "short", missing };
        await pause(POLL_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) return { kind: "unchecked", why: "it was stopped" };
      if (!(error instanceof CliError)) throw error;
      return { kind: "unchecked", why: error.message };
    }
  }
}

async function countOf(api: ApiClient, { targets, from, to }: Books): Promise<number> {
  const query = { targets: targets.join(","), from, to, step: "all" };
  const { points } = await api.read("/v1/totals", COUNTS, { query });
  return points.reduce((sum, { count }) => sum + count, 0);
}
