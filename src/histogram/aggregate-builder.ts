import { OUTCOMES } from "../outcome.ts";
import { type Aggregate, isEmptyAggregate, joinMeasures } from "./aggregate.ts";
import { bucketIndex } from "./bucket-layout.ts";
import { FewCounts } from "./few-counts.ts";
import type { MeasureTotals } from "./measure-totals.ts";
import { PagedCounts } from "./paged-counts.ts";
import { forEachBucket } from "./sparse-counts.ts";
import { saturatingSum } from "./saturating-sum.ts";

/** Collects timings and aggregates, to be finished into one {@link Aggregate}. */
export class AggregateBuilder {
  /** All there is, as long as that is one aggregate: most are handed on as they came. */
  #only: Aggregate | undefined;
  readonly #few = new FewCounts();
  /** Takes over when there are more than a few: what was listed before is in here, too. */
  #paged: PagedCounts | undefined;
  readonly #outcomes: number[] = OUTCOMES.map(() => 0);
  #sumUs = 0;
  #minUs = Infinity;
  #maxUs = -Infinity;
  #measures: MeasureTotals | undefined;

  get count(): number {
    return this.#only?.count ?? this.#counts.total;
  }

  /** Whether there is nothing in it, not even a measure. */
  get isEmpty(): boolean {
    if (this.#only !== undefined) return isEmptyAggregate(this.#only);
    return this.#counts.total === 0 && this.#measures === undefined;
  }

  /** Adds `count` timings of one duration (whole microseconds) and outcome (position in `OUTCOMES`). */
  record(durationUs: number, outcome: number, count = 1): void {
    if (this.#only !== undefined) this.#unfold();
    this.#count(bucketIndex(durationUs), count);
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + count;
    this.#sumUs = saturatingSum(this.#sumUs, durationUs * count);
    if (durationUs < this.#minUs) this.#minUs = durationUs;
    if (durationUs > this.#maxUs) this.#maxUs = durationUs;
  }

  /** Adds numbers, beside timings or without any. */
  addMeasures(measures: MeasureTotals): void {
    if (this.#only !== undefined) this.#unfold();
    this.#measures = joinMeasures(this.#measures, measures);
  }

  add(aggregate: Aggregate): void {
    if (this.isEmpty) {
      this.#only = aggregate;
      return;
    }
    this.#unfold();
    this.#addTotals(aggregate);
    forEachBucket(aggregate.counts, (bucket, count) => this.#count(bucket, count));
  }

  finish(): Aggregate {
    if (this.#only !== undefined) return this.#only;
    return {
      count: this.#counts.total,
      outcomes: [...this.#outcomes],
      sumUs: this.#sumUs,
      minUs: this.#minUs,
      maxUs: this.#maxUs,
      counts: this.#counts.toSparse(),
      measures: this.#measures,
    };
  }

  #unfold(): void {
    const only = this.#only;
    if (only === undefined) return;
    this.#only = undefined;
    this.#addTotals(only);
    forEachBucket(only.counts, (bucket, count) => this.#count(bucket, count));
  }

  #addTotals(aggregate: Aggregate): void {
    this.#measures = joinMeasures(this.#measures, aggregate.measures);
    for (const [code, count] of aggregate.outcomes.entries()) {
      this.#outcomes[code] = (this.#outcomes[code] ?? 0) + count;
    }
    this.#sumUs = saturatingSum(this.#sumUs, aggregate.sumUs);
    this.#minUs = Math.min(this.#minUs, aggregate.minUs);
    this.#maxUs = Math.max(this.#maxUs, aggregate.maxUs);
  }

  get #counts(): FewCounts | PagedCounts {
    return this.#paged ?? this.#few;
  }

  #count(bucket: number, count: number): void {
    if (this.#paged === undefined && !this.#few.isFull) return this.#few.add(bucket, count);
    this.#paged ??= this.#fewInPages();
    this.#paged.add(bucket, count);
  }

  #fewInPages(): PagedCounts {
    const paged = new PagedCounts();
    this.#few.forEach((bucket, count) => paged.add(bucket, count));
    return paged;
  }
}
