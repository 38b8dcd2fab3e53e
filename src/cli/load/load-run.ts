import type { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import type { ReportOutcome } from "../send/report-sender.ts";
import type { LoadPlan } from "./load-plan.ts";
import { OpenLoopPacer } from "./open-loop-pacer.ts";

/** What a run of load needs of the world. */
export interface LoadPort {
  /** A clock that never goes back, milliseconds. */
  readonly nowMs: () => number;
  /** Waits; rejects when the run is to end. */
  readonly pause: (durationMs: number) => Promise<void>;
  /**
   * Sends so many timings over one of the lanes 0 to `concurrency - 1`, one at a time on each. A
   * failure that will not be over in a moment ends the run, as does what it throws.
   */
  readonly send: (lane: number, size: number) => Promise<ReportOutcome>;
  /** What came of a request, and how long it took: since it was sent, and since it was due. */
  readonly onOutcome: (size: number, outcome: ReportOutcome, times: RequestTimes) => void;
  /** Is told how many timings had their turn, at least ten times a second. */
  readonly onProgress: (handedOut: number) => void;
  /** Aborted when the run is to end: what is under way is waited for. */
  readonly signal: AbortSignal;
}

interface RequestTimes {
  readonly sinceSentMs: number;
  readonly sinceDueMs: number;
}

/** How a run of load went, beside what became of each request. */
export interface LoadResult {
  readonly elapsedMs: number;
  /** Timings that were sent late. */
  readonly late: number;
  /** Timings that were due for too long while no lane was free, and were not sent. */
  readonly givenUp: number;
  /** Timings whose time had not come when the run was stopped. */
  readonly notDue: number;
  /** What ended the run before its time; undefined for the end of its time, and the signal. */
  readonly failure: unknown;
}

/** Longest wait between two looks at the clock, milliseconds: a bar should move. */
const MAX_PAUSE_MS = 100;

/**
 * Sends timings at a rate: each request is made when it is due, whatever became of those before. If
 * no lane is free then, it is late, and given up in the end: the rate is not lowered in silence.
 */
export async function runLoad(plan: LoadPlan, port: LoadPort): Promise<LoadResult> {
  const startMs = port.nowMs();
  const run = new LoadRun(new OpenLoopPacer({ ...plan, startMs }), plan.concurrency, port);
  await run.dispatch();
  await run.settled();
  const { late, givenUp, handedOut, failure } = run;
  return {
    elapsedMs: port.nowMs() - startMs,
    late,
    givenUp,
    notDue: plan.total - handedOut - givenUp,
    failure,
  };
}

class LoadRun {
  readonly #pacer: OpenLoopPacer;
  readonly #port: LoadPort;
  readonly #free: number[];
  readonly #underWay = new Set<Promise<void>>();
  handedOut = 0;
  failure: unknown;

  constructor(pacer: OpenLoopPacer, concurrency: number, port: LoadPort) {
    this.#pacer = pacer;
    this.#port = port;
    this.#free = Array.from({ length: concurrency }, (_, lane) => lane);
  }

  get late(): number {
    return this.#pacer.late;
  }

  get givenUp(): number {
    return this.#pacer.givenUp;
  }

  /** Makes every request when it is due, until the last one, a failure, or the signal. */
  async dispatch(): Promise<void> {
    while (!this.#isOver()) {
      const { nowMs, onProgress } = this.#port;
      onProgress(this.handedOut + this.givenUp);
      const dueMs = this.#pacer.nextDueMs();
      if (dueMs === undefined) return;
      const waitMs = dueMs - nowMs();
      if (waitMs > 0) await this.#pause(Math.min(waitMs, MAX_PAUSE_MS));
      else if (this.#free.length === 0) {
        // Also while every lane is busy somebody watches how far it is.
        await Promise.race([...this.#underWay, this.#pause(MAX_PAUSE_MS)]);
      } else this.#start();
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #isOver(): boolean {
    return this.#port.signal.aborted || this.failure !== undefined;
  }

  async #pause(durationMs: number): Promise<void> {
    try {
      await this.#port.pause(durationMs);
    } catch (error) {
      if (!this.#isOver()) throw error;
    }
  }

  #start(): void {
    const due = this.#pacer.take(this.#port.nowMs());
    if (due === undefined) return;
    const lane = this.#free.pop() ?? 0;
    this.handedOut += due.size;
    const request = this.#send(lane, due.size, due.dueMs).finally(() => {
      this.#underWay.delete(request);
      this.#free.push(lane);
    });
    this.#underWay.add(request);
  }

  async #send(lane: number, size: number, dueMs: number): Promise<void> {
    const { nowMs, send, onOutcome } = this.#port;
    const sentMs = nowMs();
    try {
      const outcome = await send(lane, size);
      const doneMs = nowMs();
      onOutcome(size, outcome, { sinceSentMs: doneMs - sentMs, sinceDueMs: doneMs - dueMs });
      if (outcome.kind === "failed" && isForGood(outcome.error)) this.failure ??= outcome.error;
    } catch (error) {
      this.failure ??= error;
    }
  }
}

/** What is stopped by the user has not failed, and what may be over in a moment goes on. */
function isForGood({ isPassing, exitCode }: CliError): boolean {
  return !isPassing && exitCode !== EXIT.interrupted;
}
