import { DeltaBuilder } from "../merge/delta.ts";
import { addRejections } from "../merge/intake-ledger.ts";
import { SLOT_MS, startOf } from "../merge/slot-time.ts";
import { ExemplarSample, REPORT_LIMITS } from "../wire/exemplar-sample.ts";
import { horizonRefusal } from "../wire/horizon.ts";
import type { RejectionCounts } from "../wire/report.ts";
import type { RunningTotal } from "../wire/running-total.ts";
import { deltaGain, totalValue } from "./counted-as.ts";
import { inMilliseconds } from "./in-milliseconds.ts";
import { isTimed, metricProblem } from "./metric-problem.ts";
import type { OtlpConfig, OtlpMetricConfig } from "./otlp-config.ts";
import { MAX_TIMINGS } from "./otlp-limits.ts";
import type {
  OtlpAttributes,
  OtlpMetric,
  OtlpPoint,
  OtlpRequest,
  OtlpTemporality,
} from "./otlp-model.ts";
import { pointExemplars } from "./point-exemplars.ts";
import { PointFault } from "./point-fault.ts";
import { type PointPlace, pointPlace } from "./point-place.ts";
import { RejectedPoints } from "./rejected-points.ts";
import { rejectionText } from "./rejection-text.ts";
import { metricDigest, streamDigest } from "./stream-digest.ts";
import { unitUs } from "./time-unit.ts";

/** What a request has for one target. */
export interface SortedTarget {
  /** What its delta points add. */
  readonly delta: DeltaBuilder;
  /** How many timings that is. */
  timings: number;
  /** In how many points. */
  deltaPoints: number;
  readonly totals: RunningTotal[];
  readonly exemplars: ExemplarSample;
}

export interface SorterOptions {
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
  /** Timings of delta points so far. */
  #timings = 0;
  /** A metric that is not counted here, and how many points such metrics have. */
  #other: { readonly name: string; points: number } | undefined;

  constructor(options: SorterOptions) {
    this.#options = options;
  }

  sort(request: OtlpRequest): void {
    for (const resource of request) {
      for (const scope of resource.scopes) {
        const around = [scope.attributes, resource.attributes];
        for (const metric of scope.metrics) {
          this.#sortMetric(metric, around, () => metricDigest(resource, scope, metric));
        }
      }
    }
    if (this.#other === undefined) return;
    const { name, points } = this.#other;
    const advice =
      'add them to otlp.metrics of tachograph.config.ts or set otlp.others to "ignore"';
    this.rejected.add(undefined, `metrics not counted here, such as ${name}: ${advice}`, points);
  }

  #sortMetric(metric: OtlpMetric, around: TakenMetric["around"], digest: () => string): void {
    const { metrics, others } = this.#options.config;
    const { name, unit, data } = metric;
    if (data.pointCount === 0) return;
    const config = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
    if (config === undefined) {
      if (others === "ignore") return;
      this.#other ??= { name: name.slice(0, 80), points: 0 };
      this.#other.points += data.pointCount;
      return;
    }
    const problem = metricProblem(metric, config);
    if (problem !== undefined) return this.rejected.add(name, problem, data.pointCount);
    const taken: TakenMetric = {
      name,
      temporality: data.temporality,
      config,
      factor: isTimed(config.measure) ? (unitUs(unit === "" ? config.unit : unit) ?? 1) : 1,
      around,
      digest: data.temporality === "cumulative" ? digest() : "",
    };
    for (const point of data.points) {
      if (point.isEmpty) continue;
      const fault = this.#sortPoint(point, taken);
      if (fault !== undefined) this.#refuse(point, taken, fault);
    }
  }

  #sortPoint(point: OtlpPoint, metric: TakenMetric): PointFault | undefined {
    const attributes = [point.attributes, ...metric.around];
    const unread = attributes.find(({ fault }) => fault !== undefined)?.fault ?? point.fault;
    if (unread !== undefined) return new PointFault("bad_histogram", unread);
    const place = pointPlace(attributes, metric.config, this.#options.config.hosts);
    if (place instanceof PointFault) return place;
    const timeFault = timeProblem(point);
    if (timeFault !== undefined) return new PointFault("bad_time", timeFault);
    return metric.temporality === "delta"
      ? this.#addDelta(point, metric, place)
      : this.#addTotal(point, metric, place);
  }

  #addDelta(point: OtlpPoint, metric: TakenMetric, place: PointPlace): PointFault | undefined {
    const at = inMilliseconds(point.timeNs);
    const reason = horizonRefusal(at, this.#options.nowMs);
    if (reason !== undefined) return new PointFault(reason, rejectionText(reason));
    const { config, factor } = metric;
    const left = MAX_TIMINGS - this.#timings;
    const gain = deltaGain(point.value, config.measure, place.outcome, factor, left);
    if (gain instanceof PointFault) return gain;
    const target = this.#target(place.target);
    if (target === undefined) return tooManyTargets();
    target.deltaPoints += 1;
    if (gain === undefined) return undefined;
    const builder = target.delta.builder(startOf(at, SLOT_MS), place.operation);
    if (gain.kind === "measure") {
      builder.addMeasures(gain.measures);
      return undefined;
    }
    builder.add(gain.aggregate);
    target.timings += gain.aggregate.count;
    this.#timings += gain.aggregate.count;
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
      target = { delta: new DeltaBuilder(), timings: 0, deltaPoints: 0, totals: [], exemplars };
      this.targets.set(name, target);
    }
    return target;
  }

  #refuse(point: OtlpPoint, { name, temporality }: TakenMetric, fault: PointFault): void {
    this.rejected.add(name, fault.detail);
    const { value } = point;
    // A measure is no timing, so it is not in the books.
    if (value.kind === "number") return;
    // A total says nothing of how many are new, and of a made-up number nobody knows.
    const isKnown =
      temporality === "delta" &&
      Number.isSafeInteger(value.count) &&
      value.count > 0 &&
      this.#timings + value.count <= MAX_TIMINGS;
    const timings = isKnown ? value.count : 1;
    if (isKnown) this.#timings += timings;
    addRejections(this.refused, { [fault.reason]: timings });
  }
}

function timeProblem({ startNs, timeNs }: OtlpPoint): string | undefined {
  if (timeNs <= 0n) return "timeUnixNano must be nanoseconds since 1970";
  if (startNs < 0n) return "startTimeUnixNano must be nanoseconds since 1970";
  return startNs > timeNs ? "startTimeUnixNano is after timeUnixNano" : undefined;
}

function tooManyTargets(): PointFault {
  return new PointFault("too_many_targets", rejectionText("too_many_targets"));
}
