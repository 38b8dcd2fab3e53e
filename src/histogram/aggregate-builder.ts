import { OUTCOMES } from "../outcome.ts";
import { type Aggregate, saturatingSum } from "./aggregate.ts";
import { bucketIndex } from "./bucket-layout.ts";
import { PagedCounts } from "./paged-counts.ts";

/** Collects timings and aggregates, to be finished into one {@link Aggregate}. */
export class AggregateBuilder {
  readonly #counts = new PagedCounts();
  readonly #outcomes: number[] = OUTCOMES.map(() => 0);
  #sumUs = 0;
  #minUs = Infinity;
  #maxUs = -Infinity;

  get count(): number {
    return this.#counts.total;
  }

  /** Adds `count` timings of one duration (whole microseconds) and outcome (position in `OUTCOMES`). */
  record(durationUs: number, outcome: number, count = 1): void {
    this.#counts.add(bucketIndex(durationUs), count);
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + count;
    this.#sumUs = saturatingSum(this.#sumUs, durationUs * count);
    if (durationUs < this.#minUs) this.#minUs = durationUs;
    if (durationUs > this.#maxUs) this.#maxUs = durationUs;
  }

  add(aggregate: Aggregate): void {
    this.#counts.addAll(aggregate.counts);
    for (const [code, count] of aggregate.outcomes.entries()) {
      this.#outcomes[code] = (this.#outcomes[code] ?? 0) + count;
    }
    this.#sumUs = saturatingSum(this.#sumUs, aggregate.sumUs);
    this.#minUs = Math.min(this.#minUs, aggregate.minUs);
    this.#maxUs = Math.max(this.#maxUs, aggregate.maxUs);
  }

  finish(): Aggregate {
    return {
      count: this.#counts.total,
      outcomes: [...this.#outcomes],
      sumUs: this.#sumUs,
      minUs: this.#minUs,
      maxUs: this.#maxUs,
      counts: this.#counts.toSparse(),
    };
  }
}
