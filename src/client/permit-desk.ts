import type { LocalTake } from "../limits/lease-holder.ts";
import {
  MAX_PERMITS,
  MAX_PLACE_LENGTH,
  MAX_PLACES,
  MAX_WAIT_MS,
  type PermitAnswer,
  type PermitRequest,
  type PermitTally,
  type PlatformSignal,
} from "../wire/permits.ts";
import type { TachographBinding } from "../wire/report.ts";
import { beforeDeadline } from "./before-deadline.ts";
import type { ClientCounters } from "./client-counters.ts";
import type { ClientOptions } from "./client-options.ts";
import type { Flusher } from "./flusher.ts";
import type { ReportQueue } from "./report-queue.ts";
import type { RequestScope } from "./request-scope.ts";
import { type DenialReason, GRANTED } from "./take-result.ts";
import type { TakeDenial, TakeOptions, TakeResult } from "./take-result.ts";
import { type AskOutcome, TargetPermits } from "./target-permits.ts";

/**
 * How long who finds the limiter unreachable is asked to wait, and half as long again at random.
 */
const UNREACHED_RETRY_MS = 1_000;

/** What the desk works with; it owns none of it. */
export interface PermitDeskParts {
  readonly binding: TachographBinding;
  readonly options: ClientOptions;
  readonly counters: ClientCounters;
  readonly flusher: Flusher;
  /** Filled by the desk, read by the flusher. */
  readonly permitsByTarget: Map<string, TargetPermits>;
  /** The queue that reports on a target, or why there is none. */
  readonly queueFor: (target: string) => ReportQueue | "bad_target" | "too_many_targets";
  /** The isolate's name; called inside requests only. */
  readonly reporter: () => string;
}

/** Decides about permits for one isolate, from its leases or by asking the bucket. */
export class PermitDesk {
  readonly #parts: PermitDeskParts;

  constructor(parts: PermitDeskParts) {
    this.#parts = parts;
  }

  /**
   * See `Tachograph.take`. A promise only if the bucket has to be asked.
   *
   * @param now - Epoch milliseconds.
   */
  take(
    scope: RequestScope,
    target: string,
    permits: number,
    options: TakeOptions | undefined,
    now: number,
  ): TakeResult | Promise<TakeResult> {
    if (!isNumberOfPermits(permits)) return this.#refuse(badNumber(permits));
    const about = aboutOf(options);
    if (about.line !== undefined && !isNumberOfPermits(about.line.sharedBy)) {
      return this.#refuse(`line.sharedBy must be an integer from 1 to ${MAX_PERMITS}.`);
    }
    // Without a time no lease would ever end.
    if (!Number.isFinite(now)) throw new RangeError("the clock shows no time");
    const targetPermits = this.#permitsFor(target);
    if (typeof targetPermits === "string") return this.#noTarget(targetPermits, target);
    const taken = this.#takeLeased(scope, targetPermits, permits, now);
    if (taken.kind === "taken") return GRANTED;
    const isWaiting = about.line !== undefined || (options?.places?.length ?? 0) > 0;
    if (taken.kind === "denied" && !isWaiting) {
      this.#tally(scope, targetPermits, "denied", permits, now);
      const { reason, detail, until } = taken;
      return this.#denied(permits, { reason, detail, retryAfterMs: until - now, place: null });
    }
    const detail = targetPermits.unreachedDetail(now);
    if (detail !== undefined) return this.#unreached(scope, targetPermits, permits, detail, now);
    return this.#ask(scope, targetPermits, permits, about, now);
  }

  /** See `Tachograph.giveBack`. */
  giveBack(scope: RequestScope, target: string, permits: number, now: number): void {
    const { counters } = this.#parts;
    if (!isNumberOfPermits(permits)) return counters.fail("giveBack", badNumber(permits));
    const targetPermits = this.#parts.permitsByTarget.get(target);
    if (targetPermits === undefined) return;
    const taken = scope.reclaim(target, permits, targetPermits.round);
    if (taken === 0) return;
    counters.permits.returned += targetPermits.giveBack(taken, now);
    this.#wake(scope, targetPermits, now);
  }

  /** Tells the bucket what the platform said, at once. */
  signal(scope: RequestScope, target: string, signal: PlatformSignal, now: number): void {
    const targetPermits = this.#permitsFor(target);
    if (typeof targetPermits === "string") return;
    targetPermits.signal(signal, now);
    this.#wake(scope, targetPermits, now);
  }

  #permitsFor(target: string): TargetPermits | "bad_target" | "too_many_targets" {
    const known = this.#parts.permitsByTarget.get(target);
    if (known !== undefined) return known;
    const { options, permitsByTarget, queueFor, reporter } = this.#parts;
    const queue = queueFor(target);
    if (typeof queue === "string") return queue;
    const { whenUnreachable, leaseAheadMs } = options;
    const policy = Object.hasOwn(whenUnreachable, target) ? whenUnreachable[target] : undefined;
    const added = new TargetPermits({
      queue,
      holder: reporter(),
      aheadMs: leaseAheadMs,
      policy: policy ?? "deny",
    });
    permitsByTarget.set(target, added);
    return added;
  }

  /** Takes without I/O, if the leases can tell. */
  #takeLeased(
    scope: RequestScope,
    targetPermits: TargetPermits,
    permits: number,
    now: number,
  ): LocalTake {
    const taken = targetPermits.take(permits, now);
    if (taken.kind !== "taken") return taken;
    const { queue, round } = targetPermits;
    this.#parts.counters.permits.granted += permits;
    if (taken.leaseId !== "") scope.noteTaken(queue.target, permits, round);
    this.#wake(scope, targetPermits, now);
    return taken;
  }

  /** Asks in the caller's own request: no other may wait for its answer. */
  async #ask(
    scope: RequestScope,
    targetPermits: TargetPermits,
    permits: number,
    about: Pick<PermitRequest, "line" | "places">,
    now: number,
  ): Promise<TakeResult> {
    const { options, counters, flusher } = this.#parts;
    const { permitTimeoutMs, timer, clock, random } = options;
    counters.permits.asked += 1;
    // Whoever does not live to see the deadline is dead some time after it.
    const request = targetPermits.ask(permits, now, now + 2 * permitTimeoutMs, about);
    let outcome: AskOutcome | undefined;
    const settle = (answer: PermitAnswer | undefined): void => {
      const at = clock();
      outcome = targetPermits.answered(request, answer, at, random());
      if (outcome.kind === "granted") scope.noteTaken(request.target, permits, targetPermits.round);
      scope.aliveAt = at;
      flusher.arm(scope, at);
    };
    const missing = `the limiter did not answer within ${permitTimeoutMs} ms`;
    const call = this.#call(request, settle);
    const isAnswered = (await beforeDeadline(call, permitTimeoutMs, timer)) !== undefined;
    const at = clock();
    if (!isAnswered) {
      targetPermits.lost(request, missing, at, random());
      scope.aliveAt = at;
      flusher.arm(scope, at);
    }
    if (isAnswered && outcome?.kind === "granted") {
      counters.permits.granted += permits;
      return GRANTED;
    }
    if (isAnswered && outcome?.kind === "denied") {
      // What others of a burst were given in advance may have come in the meantime.
      const taken = this.#takeLeased(scope, targetPermits, permits, at);
      return taken.kind === "taken" ? GRANTED : this.#denied(permits, outcome);
    }
    const detail = isAnswered && outcome?.kind === "unreached" ? outcome.detail : missing;
    counters.fail(`permits of ${request.target}`, detail);
    return this.#unreached(scope, targetPermits, permits, detail, at);
  }

  /** Settles also when the deadline is long over. Never rejects. */
  async #call(
    request: PermitRequest,
    settle: (answer: PermitAnswer | undefined) => void,
  ): Promise<void> {
    const { binding, counters } = this.#parts;
    let answer: PermitAnswer | undefined;
    try {
      answer = await binding.permit(request);
    } catch (error) {
      counters.fail("binding.permit", error);
    }
    try {
      settle(answer);
    } catch (error) {
      counters.fail("take", error);
    }
  }

  #unreached(
    scope: RequestScope,
    targetPermits: TargetPermits,
    permits: number,
    why: string,
    now: number,
  ): TakeResult {
    const { counters, options } = this.#parts;
    if (targetPermits.allowUnreached(permits, now)) {
      counters.permits.allowedUnreached += permits;
      this.#tally(scope, targetPermits, "allowedUnreached", permits, now);
      return GRANTED;
    }
    this.#tally(scope, targetPermits, "deniedUnreached", permits, now);
    return this.#denied(permits, {
      reason: "unreachable",
      detail: `The limiter cannot be reached (${why}). Try again; if it stays away, check the service binding.`,
      retryAfterMs: Math.ceil(UNREACHED_RETRY_MS * (1 + options.random() / 2)),
      place: null,
    });
  }

  #noTarget(reason: "bad_target" | "too_many_targets", target: string): TakeDenial {
    if (reason === "bad_target") {
      return this.#refuse(`${JSON.stringify(target)} is no name: use [a-z0-9][a-z0-9_.:-]{0,63}.`);
    }
    const { maxTargets } = this.#parts.options;
    const detail = `This isolate has ${maxTargets} targets already: raise maxTargets.`;
    this.#parts.counters.fail("take", detail);
    // Another isolate may have room for it: what waits for this one must not be thrown away.
    return { granted: false, reason: "unreachable", detail, retryAfterMs: 60_000, place: null };
  }

  /** A mistake in the call, which no repeat mends. */
  #refuse(detail: string): TakeDenial {
    this.#parts.counters.fail("take", detail);
    return { granted: false, reason: "never", detail, retryAfterMs: MAX_WAIT_MS, place: null };
  }

  #denied(
    permits: number,
    about: {
      readonly reason: DenialReason;
      readonly detail: string;
      readonly retryAfterMs: number;
      readonly place: string | null;
    },
  ): TakeDenial {
    const { reason, detail, place } = about;
    this.#parts.counters.deny(reason, permits);
    const retryAfterMs = Math.min(MAX_WAIT_MS, Math.max(1, Math.ceil(about.retryAfterMs)));
    return { granted: false, reason, detail, retryAfterMs, place };
  }

  #tally(
    scope: RequestScope,
    targetPermits: TargetPermits,
    decision: keyof PermitTally,
    permits: number,
    now: number,
  ): void {
    const isFirst = targetPermits.queue.tally(decision, permits, now);
    const { flusher } = this.#parts;
    if (!isFirst && now < flusher.wakeAt) return;
    scope.aliveAt = now;
    flusher.arm(scope, now);
  }

  /** Makes sure that somebody speaks to the bucket in time. */
  #wake(scope: RequestScope, targetPermits: TargetPermits, now: number): void {
    const { flusher } = this.#parts;
    // The flusher knows of the end of a lease only if it was told when it looked last.
    if (now < flusher.wakeAt && targetPermits.dueAt(now, flusher.flushMs) >= flusher.wakeAt) return;
    scope.aliveAt = now;
    flusher.arm(scope, now);
  }
}

function isNumberOfPermits(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_PERMITS;
}

function badNumber(permits: unknown): string {
  const said = typeof permits === "number" ? String(permits) : typeof permits;
  return `permits is ${said}: it must be an integer from 1 to ${MAX_PERMITS}.`;
}

/** Places that cannot be any are left out: the bucket would refuse the others with them. */
function aboutOf(options: TakeOptions | undefined): Pick<PermitRequest, "line" | "places"> {
  const line = options?.line ?? false;
  const isInLine = line !== false;
  const places = (options?.places ?? []).filter(
    (place: unknown) => typeof place === "string" && place.length <= MAX_PLACE_LENGTH,
  );
  return {
    ...(isInLine && { line: { sharedBy: (line === true ? undefined : line.sharedBy) ?? 1 } }),
    ...(places.length > 0 && { places: places.slice(0, MAX_PLACES) }),
  };
}
