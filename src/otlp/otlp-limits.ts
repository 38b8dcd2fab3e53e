import { OtlpError } from "./otlp-error.ts";

/** Most data points of a request. */
const MAX_POINTS = 10_000;

/** Most metrics of a request, whatever their number of points. */
const MAX_METRICS = 10_000;

/** Most resources and scopes of a request, together. */
const MAX_SCOPES = 2_000;

/** Most buckets of a point, explicit or exponential. A point with more is refused. */
export const MAX_BUCKETS = 10_000;

/** Most attributes of a resource, a scope or a point. */
export const MAX_ATTRIBUTES = 128;

/** Longest key of an attribute, and longest name of a metric, in characters. */
export const MAX_KEY_LENGTH = 255;

/** Longest value of an attribute, in characters. */
export const MAX_VALUE_LENGTH = 4_096;

/** Most characters of all keys and values of a resource, a scope or a point, together. */
export const MAX_ATTRIBUTES_LENGTH = 65_536;

/** How deep lists and maps may nest in an attribute. */
export const MAX_VALUE_DEPTH = 8;

/** Most exemplars of a point that are looked at. */
export const MAX_EXEMPLARS = 64;

/** Most timings that the delta points of a request may count: beyond that somebody made them up. */
export const MAX_TIMINGS = 1_000_000_000;

/**
 * Most durations that the buckets of a request's delta points are spread over, where they are not
 * more themselves. With 16 buckets in each of a thousand points every bucket has the most there are.
 */
export const MAX_DURATIONS = 2_000_000;

/** Counts what a request holds while it is read, and stops the reading where it is too much. */
export class OtlpBudget {
  #scopes = 0;
  #metrics = 0;
  #points = 0;

  /** A resource or a scope. @throws OtlpError */
  addScope(): void {
    this.#scopes += 1;
    if (this.#scopes > MAX_SCOPES) throw tooMany("resources and scopes", MAX_SCOPES);
  }

  /** @throws OtlpError */
  addMetric(): void {
    this.#metrics += 1;
    if (this.#metrics > MAX_METRICS) throw tooMany("metrics", MAX_METRICS);
  }

  /** @throws OtlpError */
  addPoint(): void {
    this.#points += 1;
    if (this.#points > MAX_POINTS) throw tooMany("data points", MAX_POINTS);
  }
}

function tooMany(what: string, most: number): OtlpError {
  return new OtlpError(
    `A request may carry ${most} ${what}; send several smaller ones ` +
      "(send_batch_max_size of a collector's batch processor, maxExportBatchSize of an SDK).",
    true,
  );
}
