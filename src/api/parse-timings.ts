import type { OperationExemplar } from "../exemplar.ts";
import { isName, OVERFLOW_OPERATION } from "../names.ts";
import { areMeasures, type MeasureValues } from "../measures.ts";
import { outcomeCode } from "../outcome.ts";
import { readTraceIds } from "../trace-ids.ts";
import { ExemplarSample, REPORT_LIMITS } from "../wire/exemplar-sample.ts";
import { MAX_AGE_MS, MAX_AHEAD_MS } from "../wire/horizon.ts";
import { MeasureBuffer } from "../wire/measure-buffer.ts";
import type { RejectionReason } from "../wire/report.ts";
import {
  MAX_DURATION_US,
  MAX_REPORT_TIMINGS,
  OVERFLOW_INDEX,
  type TimingColumns,
} from "../wire/timing-columns.ts";
import { type FieldError, invalidBody, payloadTooLarge, type Problem } from "./problem.ts";

/** A timing that was refused. */
export interface RejectedTiming {
  /** Position in the body's `timings`. */
  readonly index: number;
  readonly reason: RejectionReason;
}

/** The valid timings of one target, in the order of the body. */
export interface TargetTimings {
  readonly columns: TimingColumns;
  /** For each entry of the columns, its position in the body's `timings`. */
  readonly positions: Int32Array;
  /** Some of those that came with their traces; empty if none did. */
  readonly exemplars: readonly OperationExemplar[];
}

/** The body of `POST /v1/timings`. */
export interface ParsedTimings {
  /** Who numbers its reports, and this one's number; null if the sender does not. */
  readonly numbered: { readonly reporter: string; readonly sequence: number } | null;
  /** How many timings the body has: the accepted and the rejected ones. */
  readonly count: number;
  /** How many of them are in `targets`. */
  readonly accepted: number;
  /** The valid timings by target, in the order in which targets first appear. */
  readonly targets: ReadonlyMap<string, TargetTimings>;
  /** The others, by ascending index. */
  readonly rejected: readonly RejectedTiming[];
  /** How many of the accepted came with a trace or a span that is none, and count without it. */
  readonly ignoredTraces: number;
}

type Columns = Omit<TimingColumns, "operations" | "baseAt" | "measures">;

/** The columns of a whole body, and to which {@link TargetGroup} each entry belongs. */
interface Scratch extends Columns {
  readonly group: Int16Array;
  /** The numbers beside some of the timings, by their positions in the body. */
  readonly measures: Map<number, MeasureValues>;
  readonly random: () => number;
  ignoredTraces: number;
}

const REJECTED = -1;
const DEFAULT_OPERATION = "call";

/** One target while a body is read. */
class TargetGroup {
  readonly number: number;
  readonly operations: string[] = [];
  readonly #indexes = new Map<string, number>();
  /** Timings accepted so far. */
  count = 0;
  /** Undefined until one comes with its trace. */
  exemplars: ExemplarSample | undefined;

  constructor(number: number) {
    this.number = number;
  }

  knows(operation: unknown): operation is string {
    return typeof operation === "string" && this.#indexes.has(operation);
  }

  /**
   * The position of an operation in `operations`, to which it is added if it is new. Beyond what a
   * report may name, further ones are counted as `other`, as the shard does at its own limit: at
   * {@link OVERFLOW_INDEX}, also if `other` itself was named before.
   */
  indexOf(operation: string): number {
    const known = this.#indexes.get(operation);
    if (known !== undefined) return known;
    if (this.operations.length >= OVERFLOW_INDEX) {
      this.operations[OVERFLOW_INDEX] = OVERFLOW_OPERATION;
      return OVERFLOW_INDEX;
    }
    const index = this.operations.push(operation) - 1;
    this.#indexes.set(operation, index);
    return index;
  }
}

/**
 * Reads the parsed JSON body of `POST /v1/timings`. Fields that are not known are ignored. A fault
 * of a single timing rejects that timing alone; `accepted` may be 0.
 *
 * @param nowMs - when the body arrived, epoch milliseconds: the default of `at`, and where the
 * horizon ({@link MAX_AGE_MS}, {@link MAX_AHEAD_MS}) is counted from.
 * @param random - Uniform in [0, 1), to choose among more exemplars than a report may carry.
 * @returns the timings, or a problem: 400 for another shape, 413 for more than
 * {@link MAX_REPORT_TIMINGS} timings.
 */
export function parseTimings(
  body: unknown,
  nowMs: number,
  random: () => number,
): ParsedTimings | Problem {
  if (!isObject(body) || Array.isArray(body)) {
    return invalid([{ pointer: "", reason: 'must be an object, {"timings":[…]}' }]);
  }
  const { timings } = body;
  const errors = numberingErrors(body.reporter, body.sequence);
  if (!Array.isArray(timings) || timings.length === 0) {
    errors.push({ pointer: "/timings", reason: "must be a list of at least one timing" });
    return invalid(errors);
  }
  if (errors.length > 0) return invalid(errors);
  if (timings.length > MAX_REPORT_TIMINGS) {
    const { length } = timings;
    return payloadTooLarge(
      `A request may carry ${MAX_REPORT_TIMINGS} timings, not ${length}; send several.`,
    );
  }
  const { reporter, sequence } = body;
  const numbered = isName(reporter) && typeof sequence === "number" ? { reporter, sequence } : null;
  return { numbered, count: timings.length, ...readTimings(timings, Math.floor(nowMs), random) };
}

function numberingErrors(reporter: unknown, sequence: unknown): FieldError[] {
  const errors: FieldError[] = [];
  if (reporter === undefined && sequence === undefined) return errors;
  if (reporter === undefined) {
    errors.push({ pointer: "/reporter", reason: "must come with sequence" });
  } else if (!isName(reporter)) {
    const reason = "must be 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit";
    errors.push({ pointer: "/reporter", reason });
  }
  if (sequence === undefined) {
    errors.push({ pointer: "/sequence", reason: "must come with reporter" });
  } else if (!Number.isSafeInteger(sequence) || Number(sequence) < 1) {
    errors.push({
      pointer: "/sequence",
      reason: `must be an integer from 1 to ${Number.MAX_SAFE_INTEGER}`,
    });
  }
  return errors;
}

function readTimings(
  timings: readonly unknown[],
  nowMs: number,
  random: () => number,
): Omit<ParsedTimings, "numbered" | "count"> {
  const group = new Int16Array(timings.length);
  const columns = newArrays(timings.length);
  const scratch = { ...columns, group, measures: new Map(), random, ignoredTraces: 0 };
  const groups = new Map<string, TargetGroup>();
  const rejected: RejectedTiming[] = [];
  for (let index = 0; index < timings.length; index++) {
    const reason = readTiming(timings[index], index, nowMs, groups, scratch);
    if (reason === undefined) continue;
    group[index] = REJECTED;
    rejected.push({ index, reason });
  }
  const targets = toColumns(scratch, groups, nowMs);
  const { ignoredTraces } = scratch;
  return { accepted: timings.length - rejected.length, targets, rejected, ignoredTraces };
}

/**
 * Writes one timing into the scratch, or says why not. By hand: this runs ten thousand times a
 * request.
 */
function readTiming(
  timing: unknown,
  index: number,
  nowMs: number,
  groups: Map<string, TargetGroup>,
  scratch: Scratch,
): RejectionReason | undefined {
  if (!isObject(timing)) return "bad_target";
  const { target, operation = DEFAULT_OPERATION, durationMs, outcome = "ok", at = nowMs } = timing;
  const { measures, traceId, spanId } = timing;
  // A target that was seen is a valid name: only new ones are checked.
  const known = typeof target === "string" ? groups.get(target) : undefined;
  const group = known ?? newGroup(target, groups);
  if (group === undefined) return "bad_target";
  if (!group.knows(operation) && !isName(operation)) return "bad_operation";
  // False for NaN; JSON has none, but 1e999 is read as Infinity.
  if (
    typeof durationMs !== "number" ||
    !(durationMs >= 0 && durationMs * 1000 <= MAX_DURATION_US)
  ) {
    return "bad_duration";
  }
  const code = typeof outcome === "string" ? outcomeCode(outcome) : undefined;
  if (code === undefined) return "bad_outcome";
  if (typeof at !== "number" || !Number.isFinite(at)) return "bad_time";
  if (at < nowMs - MAX_AGE_MS) return "too_old";
  if (at > nowMs + MAX_AHEAD_MS) return "in_the_future";
  if (measures !== undefined && !areMeasures(measures)) return "bad_measure";
  const durationUs = Math.round(durationMs * 1000);
  scratch.durationUs[index] = durationUs;
  scratch.atOffsetMs[index] = Math.floor(at) - nowMs;
  // Only now: a timing that is refused must not take up one of the operations of a report.
  const operationIndex = group.indexOf(operation);
  scratch.operationIndex[index] = operationIndex;
  scratch.outcome[index] = code;
  scratch.group[index] = group.number;
  if (measures !== undefined) scratch.measures.set(index, measures);
  group.count++;
  if (traceId !== undefined || spanId !== undefined) {
    const name = operationIndex === OVERFLOW_INDEX ? OVERFLOW_OPERATION : operation;
    const call = { operation: name, durationUs, at: Math.floor(at) };
    noteTrace(group, scratch, call, traceId, spanId);
  }
  return undefined;
}

/** An exemplar is a hint: what is no trace takes nothing from its timing, and is told. */
function noteTrace(
  group: TargetGroup,
  scratch: Scratch,
  call: Omit<OperationExemplar, "traceId" | "spanId">,
  traceId: unknown,
  spanId: unknown,
): void {
  const ids = readTraceIds(traceId, spanId);
  if (ids === undefined) scratch.ignoredTraces += 1;
  else {
    group.exemplars ??= new ExemplarSample(REPORT_LIMITS, scratch.random);
    group.exemplars.offer({ ...call, ...ids });
  }
}

function newGroup(target: unknown, groups: Map<string, TargetGroup>): TargetGroup | undefined {
  if (!isName(target)) return undefined;
  const group = new TargetGroup(groups.size);
  groups.set(target, group);
  return group;
}

/** Deals the scratch out to its targets. Exact arrays: a view would send its whole buffer along. */
function toColumns(
  scratch: Scratch,
  groups: ReadonlyMap<string, TargetGroup>,
  baseAt: number,
): Map<string, TargetTimings> {
  const targets = new Map<string, TargetTimings>();
  const byNumber: TargetTimings[] = [];
  const measures = new Map<TargetTimings, MeasureBuffer>();
  for (const [target, { operations, count, exemplars }] of groups) {
    const timings: TargetTimings = {
      columns: { operations, baseAt, ...newArrays(count) },
      positions: new Int32Array(count),
      exemplars: exemplars?.take() ?? [],
    };
    byNumber.push(timings);
    if (count > 0) targets.set(target, timings);
  }
  const filled = new Int32Array(byNumber.length);
  for (let index = 0; index < scratch.group.length; index++) {
    const number = scratch.group[index] ?? REJECTED;
    const timings = byNumber[number];
    if (timings === undefined) continue;
    const entry = filled[number] ?? 0;
    filled[number] = entry + 1;
    timings.positions[entry] = index;
    copyEntry(scratch, index, timings.columns, entry);
    const measured = scratch.measures.get(index);
    if (measured === undefined) continue;
    const buffer = measures.get(timings) ?? new MeasureBuffer();
    measures.set(timings, buffer);
    buffer.append(entry, measured);
  }
  return measures.size === 0 ? targets : withMeasures(targets, measures);
}

function withMeasures(
  targets: ReadonlyMap<string, TargetTimings>,
  measures: ReadonlyMap<TargetTimings, MeasureBuffer>,
): Map<string, TargetTimings> {
  const measured = new Map<string, TargetTimings>();
  for (const [target, timings] of targets) {
    const { columns } = timings;
    const buffer = measures.get(timings);
    measured.set(
      target,
      buffer ? { ...timings, columns: { ...columns, measures: buffer.take() } } : timings,
    );
  }
  return measured;
}

function copyEntry(from: Columns, index: number, to: TimingColumns, entry: number): void {
  to.durationUs[entry] = from.durationUs[index] ?? 0;
  to.atOffsetMs[entry] = from.atOffsetMs[index] ?? 0;
  to.operationIndex[entry] = from.operationIndex[index] ?? 0;
  to.outcome[entry] = from.outcome[index] ?? 0;
}

function newArrays(length: number): Columns {
  return {
    durationUs: new Int32Array(length),
    atOffsetMs: new Int32Array(length),
    operationIndex: new Uint8Array(length),
    outcome: new Uint8Array(length),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function invalid(errors: readonly FieldError[]): Problem {
  return invalidBody(
    "The body is not a list of timings as this route takes it; see errors.",
    errors,
  );
}
