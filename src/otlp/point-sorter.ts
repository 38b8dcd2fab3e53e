import { DeltaBuilder, type DeltaEntry } from "../merge/delta.ts";
import { addRejections } from "../merge/intake-ledger.ts";
import { SLOT_MS, startOf } from "../merge/slot-time.ts";
import { ExemplarSample, REPORT_LIMITS } from "../wire/exemplar-sample.ts";
import { horizonRefusal } from "../wire/horizon.ts";
import type { RejectionCounts, RejectionReason } from "../wire/report.ts";
import type { RunningTotal } from "../wire/running-total.ts";
import { certainCount } from "./certain-count.ts";
import { deltaGain, totalValue } from "./counted-as.ts";
import { inMilliseconds } from "./in-milliseconds.ts";
import { isTimed, metricProblem } from "./metric-problem.ts";
import type { OtlpConfig, OtlpMetricConfig } from "./otlp-config.ts";
import { OLD_METRICS } from "./otlp-defaults.ts";
import { MAX_DURATIONS, MAX_TIMINGS } from "./otlp-limits.ts";
import type {
  OtlpAttributes,
  OtlpMetric,
  OtlpPoint,
  OtlpRequest,
  OtlpTemporality,
} from "./otlp-model.ts";
import { pointExemplars } from "./point-exemplars.ts";
import { PointFault } from "./point-fault.ts";
import { PlaceNames } from "./place-names.ts";
import { type PointPlace, pointPlace } from "./point-place.ts";
import { RejectedPoints } from "./rejected-points.ts";
import { rejectionText } from "./rejection-text.ts";
import { durationsABucket } from "./spread-buckets.ts";
import { metricDigest, resourceDigest, scopeDigest, streamDigest } from "./stream-digest.ts";
import { unitUs } from "./time-unit.ts";

/** What a request has for one target. */
export interface SortedTarget {
  /** What its delta points add. */
  readonly delta: DeltaBuilder;
  /** How many points are in an entry of the delta, by {@link entryKey}. */
  readonly points: Map<string, number>;
  readonly totals: RunningTotal[];
  readonly exemplars: ExemplarSample;
}

interface SorterOptions {
  readonly config: OtlpConfig;
  /** Most targets of a tenant: points of more than so many in one request are refused. */
  readonly maxTargets: number;
  readonly nowMs: number;
  /** Uniform in [0, 1): which exemplars are kept where there are too many. */
  readonly random: () => number;
}

/** The metric of a point, as far as every point of it needs it. */
interface TakenMetric {
  readonly name: string;
  readonly temporality: OtlpTemporality;
  readonly config: OtlpMetricConfig;
  /** Microseconds in its unit; 1 for what is no time. */
  readonly factor: number;
  /** Where attributes are looked for after the point's own: the scope's, the resource's. */
  readonly around: readonly OtlpAttributes[];
  readonly digest: string;
}

/**
 * Sorts the points of metrics export requests by the targets that they count for. What cannot be
 * counted is refused point by point.
 */
export class PointSorter {
  readonly targets = new Map<string, SortedTarget>();
  readonly rejected = new RejectedPoints();
  /** The timings of refused points, for the books. */
  readonly refused: RejectionCounts = {};
  readonly #options: SorterOptions;
  readonly #names: PlaceNames;
  /** Timings of the delta points that could be counted so far, but for their time. */
  #timings = 0;
  /** Those of points that were refused and said how many they have. */
  #refusedTimings = 0;
  #durationsABucket = 0;
  /** A metric that is not counted here, and how many points such metrics have. */
  #other: { readonly name: string; points: number } | undefined;

  constructor(options: SorterOptions) {
    this.#options = options;
    this.#names = new PlaceNames(options.config.hosts);
  }

  sort(request: OtlpRequest): void {
    this.#durationsABucket = durationsABucket(bucketsOfDeltas(request), MAX_DURATIONS);
    for (const resource of request) {
      const ofResource = once(() => resourceDigest(resource));
      for (const scope of resource.scopes) {
        const ofScope = once(() => scopeDigest(ofResource(), scope));
        const around = [scope.attributes, resource.attributes];
        for (const metric of scope.metrics) this.#sortMetric(metric, around, ofScope);
      }
    }
    if (this.#other === undefined) return;
    const { name, points } = this.#other;
    const advice =
      'add them to otlp.metrics of tachograph.config.ts or set otlp.others to "ignore"';
    this.rejected.add(undefined, `metrics not counted here, such as ${name}: ${advice}`, points);
  }

  #sortMetric(metric: OtlpMetric, around: TakenMetric["around"], ofScope: () => string): void {
    const { metrics } = this.#options.config;
    const { name, unit, data } = metric;
    if (data.pointCount === 0) return;
    const config = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
    if (config === undefined) return this.#passOver(metric);
    const problem = metricProblem(metric, config);
    if (problem !== undefined) {
      this.rejected.add(name, problem, data.pointCount);
      // What a measure was to be made of is no timing.
      if (config.measure === null) this.#bookAll(metric);
      return;
    }
    const taken: TakenMetric = {
      name,
      temporality: data.temporality,
      config,
      factor: isTimed(config.measure) ? (unitUs(unit === "" ? config.unit : unit) ?? 1) : 1,
      around,
      digest: data.temporality === "cumulative" ? metricDigest(ofScope(), metric) : "",
    };
    for (const point of data.points) {
      if (point.isEmpty) continue;
      const fault = this.#sortPoint(point, taken);
      if (fault === undefined) continue;
      this.rejected.add(name, fault.detail);
      this.#book(point, data.temporality, fault.reason);
    }
  }

  /** Refuses a metric that is not counted here. */
  #passOver({ name, data }: OtlpMetric): void {
    if (this.#options.config.others === "ignore") return;
    const old = OLD_METRICS.get(name);
    if (old === undefined) {
      this.#other ??= { name: name.slice(0, 80), points: 0 };
      this.#other.points += data.pointCount;
      return;
    }
    const advice =
      `this is the old name of ${old.replacedBy}; ` +
      "set OTEL_SEMCONV_STABILITY_OPT_IN=http where it is measured, " +
      `or add "${name}": {} to otlp.metrics of tachograph.config.ts`;
    this.rejected.add(name, advice, data.pointCount);
  }

  #sortPoint(point: OtlpPoint, metric: TakenMetric): PointFault | undefined {
    const attributes = [point.attributes, ...metric.around];
    const unread = attributes.find(({ fault }) => fault !== undefined)?.fault ?? point.fault;
    if (unread !== undefined) return new PointFault("bad_histogram", unread);
    const place = pointPlace(attributes, metric.config, this.#names);
    if (place instanceof PointFault) return place;
    const timeFault = timeProblem(point);
    if (timeFault !== undefined) return new PointFault("bad_time", timeFault);
    return metric.temporality === "delta"
      ? this.#addDelta(point, metric, place)
      : this.#addTotal(point, metric, place);
  }

  /**
   * The time is looked at last: what is too old when a request comes again leaves its target's place
   * and the room for its timings to nobody else, so that all others are sorted as they were before.
   */
  #addDelta(point: OtlpPoint, metric: TakenMetric, place: PointPlace): PointFault | undefined {
    const { config, factor } = metric;
    const timings = MAX_TIMINGS - this.#timings;
    const most = { timings, durationsABucket: this.#durationsABucket };
    const gain = deltaGain(point.value, config.measure, place.outcome, factor, most);
    if (gain instanceof PointFault) return gain;
    const target = this.#target(place.target);
    if (target === undefined) return tooManyTargets();
    if (gain?.kind === "timings") this.#timings += gain.aggregate.count;
    const slotStart = startOf(inMilliseconds(point.timeNs), SLOT_MS);
    const reason = slotRefusal(slotStart, this.#options.nowMs);
    if (reason !== undefined) return new PointFault(reason, rejectionText(reason));
    if (gain === undefined) return undefined;
    const builder = target.delta.builder(slotStart, place.operation);
    const key = entryKey({ slotStart, operation: place.operation });
    target.points.set(key, (target.points.get(key) ?? 0) + 1);
    if (gain.kind === "measure") {
      builder.addMeasures(gain.measures);
      return undefined;
    }
    builder.add(gain.aggregate);
    this.#addExemplars(target, point, metric, place);
    return undefined;
  }

  #addTotal(point: OtlpPoint, metric: TakenMetric, place: PointPlace): PointFault | undefined {
    const value = totalValue(point.value, metric.config.measure, metric.factor);
    if (value instanceof PointFault) return value;
    const target = this.#target(place.target);
    if (target === undefined) return tooManyTargets();
    target.totals.push({
      stream: streamDigest(metric.digest, point.attributes),
      operation: place.operation,
      outcome: place.outcome,
      startAt: inMilliseconds(point.startNs),
      at: inMilliseconds(point.timeNs),
      value,
    });
    this.#addExemplars(target, point, metric, place);
    return undefined;
  }

  #addExemplars(
    target: SortedTarget,
    point: OtlpPoint,
    { config, factor }: TakenMetric,
    { operation }: PointPlace,
  ): void {
    if (config.measure !== null) return;
    for (const exemplar of pointExemplars(point, operation, factor)) {
      if (horizonRefusal(exemplar.at, this.#options.nowMs) === undefined) {
        target.exemplars.offer(exemplar);
      }
    }
  }

  /** Undefined for one more than a tenant may have. */
  #target(name: string): SortedTarget | undefined {
    let target = this.targets.get(name);
    if (target === undefined && this.targets.size < this.#options.maxTargets) {
      const exemplars = new ExemplarSample(REPORT_LIMITS, this.#options.random);
      target = { delta: new DeltaBuilder(), points: new Map(), totals: [], exemplars };
      this.targets.set(name, target);
    }
    return target;
  }

  /** Writes the timings of a metric that cannot be counted into the books. */
  #bookAll({ data }: OtlpMetric): void {
    for (const point of data.points) {
      if (!point.isEmpty) this.#book(point, data.temporality, "bad_histogram");
    }
  }

  /** Writes the timings of a refused point into the books; nothing for what counts none. */
  #book(point: OtlpPoint, temporality: OtlpTemporality, reason: RejectionReason): void {
    if (point.value.kind === "number") return;
    const count = temporality === "delta" ? certainCount(point) : undefined;
    const isKnown = count !== undefined && this.#refusedTimings + count <= MAX_TIMINGS;
    // A total says nothing of how many are new, and of a made-up number nobody knows.
    const timings = isKnown ? count : 1;
    this.#refusedTimings += timings;
    addRejections(this.refused, { [reason]: timings });
  }
}

/** Calls `find` when it is first asked, and never again. */
function once(find: () => string): () => string {
  let found: string | undefined;
  return () => (found ??= find());
}

/** What tells an entry of a target's delta from all others. */
export function entryKey({ slotStart, operation }: Omit<DeltaEntry, "aggregate">): string {
  return `${slotStart} ${operation}`;
}

/**
 * Why nothing of a slot is counted. The points of a slot are refused together: when the request comes
 * again, its slots hold what they held before, or are gone.
 */
function slotRefusal(slotStart: number, nowMs: number): RejectionReason | undefined {
  const nearest = Math.min(Math.max(nowMs, slotStart), slotStart + SLOT_MS - 1);
  return horizonRefusal(nearest, nowMs);
}

/** How many buckets of delta points count something. */
function bucketsOfDeltas(request: OtlpRequest): number {
  let buckets = 0;
  for (const { metrics } of request.flatMap(({ scopes }) => scopes)) {
    for (const { temporality, points } of metrics.map(({ data }) => data)) {
      if (temporality !== "delta") continue;
      for (const { value } of points) {
        if (value.kind !== "number") for (const count of value.counts) if (count > 0) buckets += 1;
      }
    }
  }
  return buckets;
}

function timeProblem({ startNs, timeNs }: OtlpPoint): string | undefined {
  if (timeNs <= 0n) return "timeUnixNano must be nanoseconds since 1970";
  if (startNs < 0n) return "startTimeUnixNano must be nanoseconds since 1970";
  return startNs > timeNs ? "startTimeUnixNano is after timeUnixNano" : undefined;
}

function tooManyTargets(): PointFault {
  return new PointFault("too_many_targets", rejectionText("too_many_targets"));
}
