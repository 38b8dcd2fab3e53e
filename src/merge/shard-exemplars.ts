import { SHOWN_EXEMPLARS } from "../exemplar.ts";
import type { ExemplarLimits } from "../wire/exemplar-sample.ts";
import { ExemplarSample } from "../wire/exemplar-sample.ts";
import { MAX_AGE_MS, MAX_AHEAD_MS } from "../wire/horizon.ts";
import type { CollectAnswer, ShardReport } from "../wire/shard-rpc.ts";
import type { Verdict } from "./shard-state.ts";

const LIMITS: ExemplarLimits = { slowest: SHOWN_EXEMPLARS, perOperation: 32, total: 256 };

/**
 * A choice of the exemplars that came in since the last collect. It is in memory alone, and what
 * was handed over is forgotten: exemplars are hints, and losing some in a crash costs nobody a count.
 */
export class ShardExemplars {
  readonly #sample: ExemplarSample;

  /** @param random - Uniform in [0, 1). */
  constructor(random: () => number) {
    this.#sample = new ExemplarSample(LIMITS, random);
  }

  /**
   * Takes those of reports that were counted just now. One that no timing can have been counted
   * with, for its time or its operation, is left out.
   *
   * @param verdicts - What became of each report, in order.
   * @param countedAs - See `ShardState.countedAs`.
   */
  note(
    reports: readonly ShardReport[],
    verdicts: readonly Verdict[],
    countedAs: (operation: string) => string | undefined,
    nowMs: number,
  ): void {
    for (const [index, { exemplars = [] }] of reports.entries()) {
      const verdict = verdicts[index];
      // A repeat counts nothing either.
      if (verdict?.ok !== true || verdict.accepted === 0) continue;
      for (const exemplar of exemplars) {
        const { at } = exemplar;
        if (!(at >= nowMs - MAX_AGE_MS && at <= nowMs + MAX_AHEAD_MS)) continue;
        const operation = countedAs(exemplar.operation);
        if (operation !== undefined) this.#sample.offer({ ...exemplar, operation });
      }
    }
  }

  /** Hands over what it has. */
  collect(): Pick<CollectAnswer, "exemplars"> {
    return this.#sample.length === 0 ? {} : { exemplars: this.#sample.take() };
  }
}
