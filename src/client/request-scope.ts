import type { TraceIds } from "../trace-ids.ts";
import type { Ending } from "./endings.ts";
import { endingOf } from "./endings.ts";
import type { ReportSession } from "../wire/report.ts";
import { noteTrace, traceOf } from "./trace/context-trace.ts";

/** The part of a Worker's `ExecutionContext` that the client needs. */
export interface WaitUntilContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** What a request took of one target's permits and the bucket was not told yet. */
interface Untold {
  /** See `TargetPermits.round`. */
  round: number;
  permits: number;
}

/**
 * The request on whose behalf something is done. Promises, timers and RPC calls of a Worker belong
 * to the request that made them: no other may await them, and they die with it. So everything that
 * lasts is plain data elsewhere, and everything that can be awaited is here.
 */
export class RequestScope {
  /** When the request last showed that it is alive, epoch milliseconds. */
  aliveAt = Number.NEGATIVE_INFINITY;
  /** What further reports are sent over; undefined while none is open. */
  session: ReportSession | undefined;
  /** When it was opened, epoch milliseconds. */
  sessionOpenedAt = 0;
  readonly #context: WaitUntilContext;
  readonly #ending: Ending | undefined = undefined;
  #works: Set<Promise<void>> | undefined;
  #timers: Set<() => void> | undefined;
  /** How many works and timers are this scope's own: those of its context are shared. */
  #ownWorks = 0;
  readonly #ownTimers = new Set<() => void>();
  #untold: Map<string, Untold> | undefined;

  /** @param owner - What the client keeps for its isolate. */
  constructor(context: WaitUntilContext, owner: object) {
    this.#context = context;
    const ending = endingOf(context);
    const shared = ending?.join(owner);
    if (shared === undefined) return;
    this.#ending = ending;
    this.#works = shared.works;
    this.#timers = shared.timers;
  }

  /** The trace of the request, for all clients of its context; undefined if none is known. */
  get trace(): TraceIds | undefined {
    return traceOf(this.#context);
  }

  set trace(trace: TraceIds) {
    noteTrace(this.#context, trace);
  }

  /**
   * Asks the runtime to keep the request alive until `promise`, which must not reject, is settled.
   */
  keepAlive(promise: Promise<void>): void {
    this.#context.waitUntil(promise);
  }

  /** The same for a sending, or a timer for one: where somebody ends the request, that is up to him. */
  keepReporting(promise: Promise<void>): void {
    if (this.#ending === undefined) this.#context.waitUntil(promise);
    else this.#ending.holdReport(promise);
  }

  /** Remembers what was taken from leases, so that it can be given back while that is possible. */
  noteTaken(target: string, permits: number, round: number): void {
    this.#untold ??= new Map();
    const untold = this.#untold.get(target);
    if (untold === undefined) this.#untold.set(target, { round, permits });
    else if (untold.round === round) untold.permits += permits;
    else {
      untold.round = round;
      untold.permits = permits;
    }
  }

  /** @returns how many of `permits` this request took in this round, and did not give back yet. */
  reclaim(target: string, permits: number, round: number): number {
    const untold = this.#untold?.get(target);
    if (untold?.round !== round) return 0;
    const count = Math.min(permits, untold.permits);
    untold.permits -= count;
    return count;
  }

  /** Remembers a sending or a classification, which must not reject, until it is over. */
  track(work: Promise<void>): void {
    const works = (this.#works ??= new Set());
    works.add(work);
    this.#ownWorks += 1;
    void work.then(() => {
      works.delete(work);
      this.#ownWorks -= 1;
    });
  }

  /** Waits until everything tracked so far is over. */
  async workOver(): Promise<void> {
    if (this.#works !== undefined) await Promise.all(this.#works);
  }

  /** Remembers how to end a timer of this request, and what waits for it, early. */
  addTimer(end: () => void): void {
    (this.#timers ??= new Set()).add(end);
    this.#ownTimers.add(end);
  }

  dropTimer(end: () => void): void {
    this.#timers?.delete(end);
    this.#ownTimers.delete(end);
  }

  /** Lets go of the session as soon as nothing is under way and nothing is to be sent. */
  closeIdleSession(): void {
    if (this.#ownWorks + this.#ownTimers.size === 0) this.closeSession();
  }

  /** Lets go of the session, or of that one if it still is, whatever it does. */
  closeSession(session = this.session): void {
    if (session === undefined || session !== this.session) return;
    this.session = undefined;
    session[Symbol.dispose]();
  }

  /** Ends the timers of this request: nobody waits for them any more. */
  endTimers(): void {
    for (const end of this.#timers ?? []) end();
    this.#timers?.clear();
  }
}
