import type { Outcome } from "../../outcome.ts";
import type { Recorder } from "../recorder.ts";
import { d1Facts } from "./d1-facts.ts";
import { batchText } from "./batch-text.ts";
import type { D1Facts } from "./d1-facts.ts";
import type { D1Options } from "./d1-options.ts";
import { d1Outcome } from "./d1-outcome.ts";
import { d1Query } from "./d1-query.ts";
import type { D1Query } from "./d1-query.ts";

/** What is recorded: a text that is named when it is needed, or what has a name already. */
export interface D1Subject {
  readonly sql?: unknown;
  readonly query?: D1Query;
}

/** A statement of a batch that nothing is known of. */
const UNKNOWN: D1Subject = {};

const WHERE = "instrumentD1";
const DEFAULT_TARGET = "d1";
const DEFAULT_SLOW_MS = 100;

/** Records what queries took. Nothing here throws; what goes wrong is noted as a failure. */
export class D1Meter {
  readonly #recorder: Recorder;
  readonly #options: D1Options;
  readonly #target: string;
  readonly #slowMs: number;
  readonly #complain = (complaint: string): void => this.noteFailure(complaint);

  constructor(recorder: Recorder, options: D1Options) {
    this.#recorder = recorder;
    this.#options = options;
    this.#target = options.target ?? DEFAULT_TARGET;
    this.#slowMs = options.slowMs ?? DEFAULT_SLOW_MS;
  }

  /** Reads the stopwatch, for the methods that take a `startedAt`. */
  start(): number {
    return this.#recorder.stopwatch();
  }

  /** A call that was answered, and how to read what D1 said of it. */
  answered(
    subject: D1Subject,
    startedAt: number,
    result: unknown,
    read: (result: unknown) => D1Facts,
  ): void {
    const wallMs = this.#recorder.elapsedMs(startedAt);
    try {
      const facts = read(result);
      if (facts.sqlMs !== undefined) facts.waitMs = Math.max(0, wallMs - facts.sqlMs);
      this.#record(this.#queryOf(subject), wallMs, "ok", facts);
    } catch (error) {
      this.noteFailure(error);
    }
  }

  /** A call that threw. */
  failed(subject: D1Subject, startedAt: number, thrown: unknown): void {
    const wallMs = this.#recorder.elapsedMs(startedAt);
    try {
      this.#record(this.#queryOf(subject), wallMs, d1Outcome(thrown), {});
    } catch (error) {
      this.noteFailure(error);
    }
  }

  /**
   * A batch: a timing for each statement, which took as long as the engine worked on it, and one
   * for the round trip, whose wait is what was left.
   */
  batchAnswered(statements: readonly D1Subject[], startedAt: number, results: unknown): void {
    const wallMs = this.#recorder.elapsedMs(startedAt);
    try {
      let allSqlMs = 0;
      const queries = statements.map((statement) => this.#queryOf(statement));
      const answers: readonly unknown[] = Array.isArray(results) ? results : [];
      for (const [at, result] of answers.entries()) {
        const facts = d1Facts(result);
        const { sqlMs } = facts;
        if (sqlMs === undefined) continue;
        allSqlMs += sqlMs;
        this.#record(queries[at] ?? this.#queryOf(UNKNOWN), sqlMs, "ok", facts);
      }
      const facts = { waitMs: Math.max(0, wallMs - allSqlMs) };
      this.#recordBatch(queries, wallMs, "ok", facts);
    } catch (error) {
      this.noteFailure(error);
    }
  }

  /** A batch that threw: nothing of it was done. */
  batchFailed(statements: readonly D1Subject[], startedAt: number, thrown: unknown): void {
    const wallMs = this.#recorder.elapsedMs(startedAt);
    try {
      const queries = this.#isToldOf(wallMs)
        ? statements.map((statement) => this.#queryOf(statement))
        : [];
      this.#recordBatch(queries, wallMs, d1Outcome(thrown), {});
    } catch (error) {
      this.noteFailure(error);
    }
  }

  /** Notes what went wrong on our side. */
  noteFailure(error: unknown): void {
    this.#recorder.noteFailure(WHERE, error);
  }

  #recordBatch(
    queries: readonly D1Query[],
    wallMs: number,
    outcome: Outcome,
    facts: D1Facts,
  ): void {
    const normalForm = this.#isToldOf(wallMs) ? batchText(queries) : "";
    this.#record({ name: "batch", normalForm }, wallMs, outcome, facts);
  }

  #isToldOf(durationMs: number): boolean {
    return durationMs >= this.#slowMs && this.#options.onSlow !== undefined;
  }

  #record(query: D1Query, durationMs: number, outcome: Outcome, facts: D1Facts): void {
    if (durationMs >= this.#slowMs) facts.slow = 1;
    this.#recorder.record(this.#target, query.name, durationMs, outcome, facts);
    if (facts.slow === 1) this.#tellSlow(query, durationMs, facts);
  }

  #tellSlow({ name, normalForm }: D1Query, durationMs: number, facts: D1Facts): void {
    const { onSlow } = this.#options;
    if (onSlow === undefined) return;
    const { sqlMs, rowsRead } = facts;
    try {
      const told: unknown = onSlow({ name, fingerprint: normalForm, durationMs, sqlMs, rowsRead });
      if (told instanceof Promise) told.catch((error: unknown) => this.noteFailure(error));
    } catch (error) {
      this.noteFailure(error);
    }
  }

  #queryOf({ query, sql }: D1Subject): D1Query {
    if (query !== undefined) return query;
    try {
      return d1Query(sql, this.#options.nameOf, this.#complain);
    } catch (error) {
      // Only the caller's `nameOf` throws.
      this.noteFailure(error);
      return d1Query(sql, undefined, this.#complain);
    }
  }
}
