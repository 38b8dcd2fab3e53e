import { ByteReader } from "../histogram/byte-reader.ts";
import type { AggregateBuilder } from "../histogram/aggregate-builder.ts";
import { isName, OVERFLOW_OPERATION } from "../names.ts";
import { OUTCOMES } from "../outcome.ts";
import { MAX_AGE_MS, MAX_AHEAD_MS } from "../wire/horizon.ts";
import type { RejectionCounts, RejectionReason } from "../wire/report.ts";
import type { RunningTotal } from "../wire/running-total.ts";
import type { ShardReport } from "../wire/shard-rpc.ts";
import { MAX_DURATION_US, OVERFLOW_INDEX, type TimingColumns } from "../wire/timing-columns.ts";
import { ColumnTally } from "./column-tally.ts";
import { type Delta, DeltaBuilder, readDelta } from "./delta.ts";
import { streakOfDelta } from "./error-streak.ts";
import { ErrorStreakBuilder } from "./error-streak-builder.ts";
import {
  addRejections,
  addTallies,
  countRejections,
  emptyLedger,
  isEmptyLedger,
  sumRejections,
} from "./intake-ledger.ts";
import { gainAggregate } from "./gain-aggregate.ts";
import type { LogRow } from "./log-row.ts";
import type { RecentRequests } from "./recent-requests.ts";
import { RequestIntake } from "./request-intake.ts";
import type { Verdict } from "./shard-state.ts";
import { SLOT_MS, startOf } from "./slot-time.ts";
import { isEmptyTotal } from "./total-gain.ts";
import { StreamIntake } from "./stream-intake.ts";
import type { StreamChanges, StreamTotals } from "./stream-totals.ts";
import { totalProblem } from "./total-problem.ts";
import { columnsProblem } from "./validate-columns.ts";
import { MeasureReader } from "./measure-reader.ts";
import type { Watermarks } from "./watermarks.ts";

/** What a shard knew before a group of reports. */
export interface KnownBefore {
  readonly watermarks: Watermarks;
  readonly requests: RecentRequests;
  readonly operations: ReadonlySet<string>;
  readonly streams: StreamTotals;
}

/** What is to be stored of a group. */
export interface GroupChanges {
  readonly row: LogRow;
  readonly streams: StreamChanges | undefined;
}

interface RejectedAt {
  readonly position: number;
  readonly reason: RejectionReason;
  readonly count?: number;
}

interface Counted {
  readonly accepted: number;
  /** Some of the report was counted before. */
  readonly isKnown: boolean;
}

/** Turns the reports of one group commit into one log row. It changes nothing outside itself. */
export class ReportGroup {
  readonly #watermarks: Watermarks;
  readonly #known: ReadonlySet<string>;
  readonly #maxOperations: number;
  readonly #nowMs: number;
  readonly #delta = new DeltaBuilder();
  readonly #tally: ColumnTally;
  readonly #streak = new ErrorStreakBuilder();
  readonly #ledger = emptyLedger();
  readonly #marks = new Map<string, number>();
  readonly #added = new Set<string>();
  readonly #streams: StreamIntake;
  readonly #requests: RequestIntake;

  constructor(known: KnownBefore, maxOperations: number, nowMs: number) {
    this.#watermarks = known.watermarks;
    this.#known = known.operations;
    this.#streams = new StreamIntake(known.streams, nowMs);
    this.#requests = new RequestIntake(known.requests);
    this.#maxOperations = maxOperations;
    this.#nowMs = nowMs;
    this.#tally = new ColumnTally(nowMs - MAX_AGE_MS, nowMs + MAX_AHEAD_MS);
  }

  add(report: ShardReport): Verdict {
    const problem =
      report.content.kind === "timings" ? columnsProblem(report.content.columns) : undefined;
    if (problem !== undefined) {
      // What was refused before it came here has nothing to do with it, and nobody else books it.
      this.#countRefused(report.refused);
      return { ok: false, reason: "invalid", detail: problem };
    }
    if (this.#isRepeat(report)) return this.#countRepeat(report.content);
    const rejectedAt: RejectedAt[] = [];
    const { accepted, isKnown } = this.#countContent(report.content, rejectedAt);
    const rejected = countRejections(rejectedAt);
    addRejections(this.#ledger.rejected, rejected);
    // With a request that came before, this was booked before.
    if (!isKnown) this.#countRefused(report.refused);
    this.#ledger.offered += accepted + sumRejections(rejected);
    this.#ledger.accepted += accepted;
    this.#ledger.givenUp += report.givenUp;
    if (report.tally !== undefined) {
      this.#ledger.permits = addTallies(this.#ledger.permits, report.tally);
    }
    if (report.reporter !== undefined && report.sequence !== undefined) {
      this.#marks.set(report.reporter, report.sequence);
    }
    const duplicate = isKnown && accepted === 0;
    return { ok: true, accepted, duplicate, rejected, rejectedAt };
  }

  /** What is to be stored, or undefined if the group changes nothing. */
  finish(): GroupChanges | undefined {
    this.#tally.finish(this.#delta);
    const streams = this.#streams.finish();
    const requests = this.#requests.marks;
    const isUnmarked = this.#marks.size === 0 && requests.length === 0;
    if (isEmptyLedger(this.#ledger) && isUnmarked && streams === undefined) return undefined;
    const row = {
      at: this.#nowMs,
      marks: [...this.#marks].map(([reporter, sequence]) => ({ reporter, sequence })),
      ledger: this.#ledger,
      streak: this.#streak.finish(),
      delta: this.#delta.finish(),
    };
    const ofStreams = streams ? { streams: this.#streams.counts } : {};
    const ofRequests = requests.length > 0 ? { requests } : {};
    return { row: { ...row, ...ofStreams, ...ofRequests }, streams };
  }

  #countContent(content: ShardReport["content"], rejectedAt: RejectedAt[]): Counted {
    switch (content.kind) {
      case "timings":
        return { accepted: this.#countColumns(content.columns, rejectedAt), isKnown: false };
      case "histograms": {
        const delta = readDelta(new ByteReader(content.delta));
        if (content.request !== undefined) {
          return this.#countRequest(content.request, delta, rejectedAt);
        }
        return { accepted: this.#countDelta(delta), isKnown: false };
      }
      case "cumulative":
        return { accepted: this.#countTotals(content.totals, rejectedAt), isKnown: false };
    }
  }

  #countRequest(request: string, delta: Delta, rejectedAt: RejectedAt[]): Counted {
    const sorted = this.#requests.take(request, delta);
    rejectedAt.push(...sorted.rejectedAt);
    this.#ledger.offered += sorted.repeatedTimings;
    this.#ledger.duplicates += sorted.repeatedTimings;
    return { accepted: this.#countDelta(sorted.fresh), isKnown: sorted.isKnown };
  }

  #isRepeat({ reporter, sequence }: ShardReport): boolean {
    if (reporter === undefined || sequence === undefined) return false;
    const inGroup = this.#marks.get(reporter);
    if (inGroup !== undefined && sequence <= inGroup) return true;
    return this.#watermarks.isRepeat(reporter, sequence);
  }

  /** What was refused of the same request was booked when it came first. */
  #countRepeat(content: ShardReport["content"]): Verdict {
    const repeated = content.kind === "cumulative" ? 0 : timingsOffered(content);
    this.#ledger.offered += repeated;
    this.#ledger.duplicates += repeated;
    return { ok: true, accepted: 0, duplicate: true, rejected: {}, rejectedAt: [] };
  }

  #countRefused(refused: RejectionCounts): void {
    this.#ledger.offered += sumRejections(refused);
    addRejections(this.#ledger.rejected, refused);
  }

  #countColumns(columns: TimingColumns, rejectedAt: RejectedAt[]): number {
    const names = columns.operations.map((name) => this.#operationFor(name));
    if (this.#tally.count(columns, names)) {
      this.#countCapped(columns, names);
      this.#streak.record(columns.outcome, 0, columns.outcome.length);
      return columns.outcome.length;
    }
    return this.#countOneByOne(columns, names, rejectedAt);
  }

  /** Of columns that were all accepted: how many are counted under another name than their own. */
  #countCapped(
    { operations, operationIndex }: TimingColumns,
    names: readonly (string | undefined)[],
  ): void {
    if (!names.includes(OVERFLOW_OPERATION)) return;
    for (const index of operationIndex) {
      if (isCapped(operations, index, names[index])) this.#ledger.capped += 1;
    }
  }

  #countOneByOne(
    columns: TimingColumns,
    names: readonly (string | undefined)[],
    rejectedAt: RejectedAt[],
  ): number {
    const { baseAt, durationUs, atOffsetMs, operationIndex, outcome } = columns;
    const oldest = this.#nowMs - MAX_AGE_MS;
    const newest = this.#nowMs + MAX_AHEAD_MS;
    let builders: (AggregateBuilder | undefined)[] = [];
    let slotStart = Number.NaN;
    const measures = columns.measures && new MeasureReader(columns.measures);
    for (let i = 0; i < durationUs.length; i++) {
      const at = baseAt + (atOffsetMs[i] ?? 0);
      const index = operationIndex[i] ?? 0;
      const name = names[index];
      const duration = durationUs[i] ?? -1;
      const code = outcome[i] ?? OUTCOMES.length;
      const measured = measures?.read(i, at);
      const reason =
        refusal(at, oldest, newest, name, duration, code) ??
        (measured === "bad_measure" ? measured : undefined);
      if (reason !== undefined || name === undefined) {
        rejectedAt.push({ position: i, reason: reason ?? "bad_operation" });
        continue;
      }
      if (at < slotStart || at >= slotStart + SLOT_MS || Number.isNaN(slotStart)) {
        slotStart = startOf(at, SLOT_MS);
        builders = [];
      }
      let builder = builders[index];
      if (builder === undefined) {
        builder = this.#delta.builder(slotStart, name);
        builders[index] = builder;
      }
      builder.record(duration, code);
      if (typeof measured === "object") builder.addMeasures(measured);
      if (isCapped(columns.operations, index, name)) this.#ledger.capped += 1;
    }
    this.#recordStreak(outcome, rejectedAt);
    return durationUs.length - rejectedAt.length;
  }

  /** Errors in a row of what was accepted, in order. */
  #recordStreak(outcomes: Uint8Array, rejectedAt: readonly RejectedAt[]): void {
    let from = 0;
    for (const { position } of rejectedAt) {
      this.#streak.record(outcomes, from, position);
      from = position + 1;
    }
    this.#streak.record(outcomes, from, outcomes.length);
  }

  /**
   * A total that comes again offers nothing, and one that is refused counts as one: what it would
   * have added is not known, or comes again with the next.
   */
  #countTotals(totals: readonly RunningTotal[], rejectedAt: RejectedAt[]): number {
    const gains: Delta[number][] = [];
    for (const [position, total] of totals.entries()) {
      const problem = totalProblem(total);
      const step = problem === undefined ? this.#streams.take(total) : undefined;
      const reason = step?.kind === "refused" ? step.reason : problem;
      if (reason !== undefined) rejectedAt.push({ position, reason });
      if (step?.kind !== "gain" || isEmptyTotal(step.gain)) continue;
      const { operation, outcome, at } = total;
      const aggregate = gainAggregate(step.gain, outcome);
      gains.push({ slotStart: startOf(at, SLOT_MS), operation, aggregate });
    }
    return this.#countDelta(gains);
  }

  #countDelta(delta: Delta): number {
    let accepted = 0;
    this.#streak.add(streakOfDelta(delta));
    for (const { slotStart, operation, aggregate } of delta) {
      const name = this.#operationFor(operation) ?? OVERFLOW_OPERATION;
      if (name !== operation) this.#ledger.capped += aggregate.count;
      this.#delta.builder(slotStart, name).add(aggregate);
      accepted += aggregate.count;
    }
    return accepted;
  }

  /** The operation to count under: the name itself while there is room, else `other`. */
  #operationFor(name: string): string | undefined {
    if (!isName(name)) return undefined;
    if (this.#known.has(name) || this.#added.has(name) || name === OVERFLOW_OPERATION) return name;
    if (this.#known.size + this.#added.size >= this.#maxOperations) return OVERFLOW_OPERATION;
    this.#added.add(name);
    return name;
  }
}

/** How many timings a report offers, as far as it says so itself: each running total counts as one. */
export function timingsOffered(content: ShardReport["content"]): number {
  switch (content.kind) {
    case "timings":
      return content.columns.durationUs.length;
    case "histograms":
      return content.timings;
    case "cumulative":
      return content.totals.length;
  }
}

/** Whether what is counted as `name` had another one, as far as its report says. */
function isCapped(operations: readonly string[], index: number, name: string | undefined): boolean {
  if (name !== OVERFLOW_OPERATION) return false;
  return operations[index] !== name || index === OVERFLOW_INDEX;
}

function refusal(
  at: number,
  oldest: number,
  newest: number,
  operation: string | undefined,
  durationUs: number,
  outcome: number,
): RejectionReason | undefined {
  if (operation === undefined) return "bad_operation";
  if (durationUs < 0 || durationUs > MAX_DURATION_US) return "bad_duration";
  if (outcome >= OUTCOMES.length) return "bad_outcome";
  if (at < oldest) return "too_old";
  if (at > newest) return "in_the_future";
  return undefined;
}
