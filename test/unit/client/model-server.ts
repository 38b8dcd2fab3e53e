import type { LimitRule } from "../../../src/limits/limit-rule.ts";
import { Limiter } from "../../../src/limits/limiter.ts";
import { permitRequestProblem } from "../../../src/limits/permit-request-problem.ts";
import type { PermitAnswer, PermitRequest, PermitTally } from "../../../src/wire/permits.ts";
import type {
  ReportAnswer,
  ReportRequest,
  ReportSession,
  TachographBinding,
  TargetAnswer,
  TargetReport,
} from "../../../src/wire/report.ts";

import { MemoryLimitStore } from "../../support/limits/memory-limit-store.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What the network and the server do to one RPC. */
export type Fate =
  | { readonly kind: "ok" | "lose_request" | "lose_answer" | "arrive_twice" }
  | { readonly kind: "throw" | "throw_after" | "unavailable" | "invalid" | "invalid_one" }
  | { readonly kind: "garbage"; readonly answer: unknown }
  | { readonly kind: "request_late" | "answer_late"; readonly delayMs: number };

/** What the network and the bucket's shard do to one RPC that asks for permits. */
export type PermitFate =
  | { readonly kind: "ok" | "lose_request" | "lose_answer" }
  | { readonly kind: "throw" | "throw_after" | "unavailable" }
  | { readonly kind: "garbage"; readonly answer: unknown }
  | { readonly kind: "request_late" | "answer_late"; readonly delayMs: number };

export const LEASE_TIMES = { leaseMs: 10_000, marginMs: 5_000 };

/**
 * A server that counts by sequence watermarks and has a real bucket for every target with a limit,
 * behind a network with scripted faults.
 */
export class ModelServer implements TachographBinding {
  /** What the next RPCs meet; when it is empty, all goes well. */
  fates: Fate[] = [];
  /** The same for the RPCs of takes that wait. */
  permitFates: PermitFate[] = [];
  flushMs = 2_000;
  /** How often each timing was counted; the key is its duration in microseconds. */
  readonly counted = new Map<number, number>();
  readonly requests: ReportRequest[] = [];
  /** Sessions that were ever opened, and those that were not let go of. */
  opened = 0;
  readonly sessions = new Set<ReportSession>();
  /** Reports that went over a session. */
  inSession = 0;
  /** Whether it knows of sessions, as those of before do not. */
  hasSessions = true;
  /** What takes that wait asked. */
  readonly asks: PermitRequest[] = [];
  /** What was wrong with requests for permits: a client must never send a wrong one. */
  readonly refusedAsks: string[] = [];
  /** What was decided without the buckets, by target, as far as it was reported. */
  readonly tallies = new Map<string, PermitTally>();
  /** Sum of `givenUp` over the counted reports. */
  givenUp = 0;
  duplicates = 0;
  /** Set when a repeated report differed from what was sent first. */
  changed: string | undefined;
  readonly #time: VirtualTime;
  readonly #watermarks = new Map<string, number>();
  readonly #firstSent = new Map<string, string>();
  readonly #limiters = new Map<string, Limiter>();

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** Gives a target a limit; it has none before. */
  limit(target: string, rule: LimitRule): Limiter {
    const limiter = new Limiter({
      target,
      store: new MemoryLimitStore(),
      configured: rule,
      times: LEASE_TIMES,
      nowMs: this.#time.now,
    });
    this.#limiters.set(target, limiter);
    return limiter;
  }

  /** Meets the next of `permitFates`. */
  async permit(request: PermitRequest): Promise<PermitAnswer> {
    this.asks.push(request);
    const sent = structuredClone(request);
    const fate = this.permitFates.shift() ?? { kind: "ok" };
    const { target } = sent;
    switch (fate.kind) {
      case "lose_request":
        return never();
      case "throw":
        throw new Error("the network is down");
      case "unavailable":
        return { kind: "failed", target, reason: "unavailable", detail: "as scripted" };
      case "garbage":
        return fate.answer as PermitAnswer;
      case "request_late":
        await this.#after(fate.delayMs);
        return this.#decide(sent);
      default: {
        const answer = this.#decide(sent);
        if (fate.kind === "lose_answer") return never();
        if (fate.kind === "throw_after") throw new Error("the connection was lost");
        if (fate.kind === "answer_late") await this.#after(fate.delayMs);
        return answer;
      }
    }
  }

  /** A session is like a stub: what breaks once stays broken. */
  open(): ReportSession {
    this.opened += 1;
    let isBroken = !this.hasSessions;
    const session: ReportSession = {
      report: async (request) => {
        if (!this.hasSessions) throw new TypeError('does not implement the method "open"');
        if (!this.sessions.has(session)) throw new Error("the session was let go of");
        if (isBroken) throw new Error("the session is broken");
        this.inSession += 1;
        try {
          return await this.report(request);
        } catch (cause) {
          isBroken = true;
          throw cause;
        }
      },
      [Symbol.dispose]: () => void this.sessions.delete(session),
    };
    if (this.hasSessions) this.sessions.add(session);
    return session;
  }

  /** Meets the next fate. */
  async report(request: ReportRequest): Promise<ReportAnswer> {
    this.requests.push(request);
    const sent = structuredClone(request);
    this.#checkUnchanged(sent);
    const fate = this.fates.shift() ?? { kind: "ok" };
    switch (fate.kind) {
      case "lose_request":
        return never();
      case "throw":
        throw new Error("the network is down");
      case "unavailable":
      case "invalid":
        return { ok: false, reason: fate.kind, detail: "as scripted" };
      case "request_late":
        await this.#after(fate.delayMs);
        return this.#count(sent);
      case "garbage":
        return fate.answer as ReportAnswer;
      case "invalid_one":
        return this.#refuseFirst(sent);
      default:
        return this.#countThen(sent, fate);
    }
  }

  /** Timings counted, each as often as it was. */
  get countedTimings(): number {
    return [...this.counted.values()].reduce((sum, times) => sum + times, 0);
  }

  async #countThen(sent: ReportRequest, fate: Fate): Promise<ReportAnswer> {
    const answer = this.#count(sent);
    if (fate.kind === "lose_answer") return never();
    if (fate.kind === "throw_after") throw new Error("the connection was lost");
    if (fate.kind === "arrive_twice") return this.#count(sent);
    if (fate.kind === "answer_late") await this.#after(fate.delayMs);
    return answer;
  }

  #decide(request: PermitRequest): PermitAnswer {
    const { target } = request;
    const problem = permitRequestProblem(request);
    if (problem !== undefined) {
      this.refusedAsks.push(problem);
      return { kind: "failed", target, reason: "invalid", detail: problem };
    }
    const limiter = this.#limiters.get(target);
    return limiter?.ask(request, this.#time.now) ?? { kind: "unlimited", target };
  }

  #refuseFirst(sent: ReportRequest): ReportAnswer {
    const [first, ...rest] = sent.reports;
    const refusal: TargetAnswer = {
      ok: false,
      target: first?.target ?? "",
      reason: "invalid",
      detail: "as scripted",
    };
    const answer = this.#count({ ...sent, reports: rest });
    return answer.ok ? { ...answer, results: [refusal, ...answer.results] } : answer;
  }

  #count(sent: ReportRequest): ReportAnswer {
    const results = sent.reports.map((report) => this.#countReport(sent.reporter, report));
    const answer = { ok: true as const, flushMs: this.flushMs, results };
    const permits = sent.permits?.map((request) => this.#decide(request));
    return permits === undefined ? answer : { ...answer, permits };
  }

  #countReport(reporter: string, report: TargetReport): TargetAnswer {
    const key = `${reporter} ${report.target}`;
    const { target, sequence, columns } = report;
    if (sequence <= (this.#watermarks.get(key) ?? 0)) {
      this.duplicates += 1;
      return { ok: true, target, accepted: 0, duplicate: true, rejected: {} };
    }
    this.#watermarks.set(key, sequence);
    this.givenUp += report.givenUp;
    if (report.tally !== undefined) this.#addTally(target, report.tally);
    for (const id of columns.durationUs) this.counted.set(id, (this.counted.get(id) ?? 0) + 1);
    return {
      ok: true,
      target,
      accepted: columns.durationUs.length,
      duplicate: false,
      rejected: {},
    };
  }

  #addTally(target: string, tally: PermitTally): void {
    const before = this.tallies.get(target) ?? {
      denied: 0,
      allowedUnreached: 0,
      deniedUnreached: 0,
    };
    this.tallies.set(target, {
      denied: before.denied + tally.denied,
      allowedUnreached: before.allowedUnreached + tally.allowedUnreached,
      deniedUnreached: before.deniedUnreached + tally.deniedUnreached,
    });
  }

  #checkUnchanged(sent: ReportRequest): void {
    for (const report of sent.reports) {
      const key = `${sent.reporter} ${report.target} ${report.sequence}`;
      const text = JSON.stringify(report);
      const first = this.#firstSent.get(key) ?? text;
      this.#firstSent.set(key, first);
      if (first !== text) this.changed = `${first} became ${text}`;
    }
  }

  #after(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#time.timer(resolve, delayMs));
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
