import { LeaseHolder } from "../../../src/limits/lease-holder.ts";
import type { LimitRule } from "../../../src/limits/limit-rule.ts";
import { Limiter } from "../../../src/limits/limiter.ts";
import { refill, UNITS_PER_PERMIT } from "../../../src/limits/token-bucket.ts";
import type { PermitAnswer, PermitRequest } from "../../../src/wire/permits.ts";
import { Random } from "../random.ts";
import { MemoryLimitStore } from "./memory-limit-store.ts";

const START = Date.UTC(2026, 10, 20, 12);
const STEP_MS = 5;
const LENGTH_MS = 60_000;
const HOLDERS = 16;
/** How many calls of an isolate ask at the same time; the others wait for what comes of it. */
const MAX_ASKING = 4;
/** How long a request takes to the bucket, and its answer back. */
const WAY_MS = 10;
/** How often an isolate reports by itself. */
const REPORT_MS = 2_000;

interface Trip {
  readonly request: PermitRequest;
  readonly askedAt: number;
  answer: PermitAnswer | undefined;
}

/** One of the fleet: it wants permits, one by one, as long as calls wait; and it gives none up. */
class Client {
  readonly holder: LeaseHolder;
  /** Calls that wait for a permit. */
  waiting = 0;
  used = 0;
  asked = 0;
  readonly #limiter: Limiter;
  readonly #trips: Trip[] = [];
  #reportAt: number;

  constructor(name: string, limiter: Limiter, reportAt: number) {
    this.#limiter = limiter;
    this.holder = new LeaseHolder({ target: "meta", holder: name, aheadMs: REPORT_MS });
    this.#reportAt = reportAt;
  }

  step(nowMs: number): void {
    this.#travel(nowMs);
    let needs = this.#trips.filter(({ request }) => request.need > 0).length;
    while (this.waiting > needs && needs < MAX_ASKING) {
      const taken = this.holder.take(1, nowMs);
      if (taken.kind === "denied") break;
      if (taken.kind === "taken") this.#use();
      else {
        this.#send(1, nowMs);
        needs += 1;
      }
    }
    const isDue = nowMs >= this.#reportAt;
    if (!isDue && !this.holder.isUrgent(nowMs)) return;
    this.#reportAt = nowMs + REPORT_MS;
    this.#send(0, nowMs);
  }

  #use(): void {
    this.waiting -= 1;
    this.used += 1;
  }

  #send(need: number, nowMs: number): void {
    this.asked += 1;
    const request = this.holder.request(need, nowMs);
    this.#trips.push({ request, askedAt: nowMs, answer: undefined });
  }

  #travel(nowMs: number): void {
    for (const trip of this.#trips) {
      if (nowMs >= trip.askedAt + WAY_MS) trip.answer ??= this.#limiter.ask(trip.request, nowMs);
    }
    for (;;) {
      const [trip] = this.#trips;
      if (trip?.answer === undefined || nowMs < trip.askedAt + 2 * WAY_MS) return;
      this.#trips.shift();
      const { request, answer, askedAt } = trip;
      this.holder.answered(request, answer, askedAt, nowMs);
      if (answer.kind !== "granted" || request.need === 0) continue;
      const { leaseId, need } = request;
      this.holder.settleLent({ leaseId, spent: need, returned: 0 }, nowMs);
      this.#use();
    }
  }
}

/** What a fleet made of a limit. */
export interface Utilisation {
  /** Permits that were used. */
  readonly used: number;
  /** Permits that a bucket without leases would have given to the same demand at once. */
  readonly ideal: number;
  /** How often the bucket was asked. */
  readonly asked: number;
  readonly saves: number;
}

/**
 * Sixteen isolates, of which three have four fifths of the demand, want five times what there is
 * for a minute, in virtual time. Calls wait until they have their permit.
 */
export function simulateUtilisation(rule: LimitRule, seed: number): Utilisation {
  const random = new Random(seed);
  const store = new MemoryLimitStore();
  const times = { leaseMs: 10_000, marginMs: 5_000 };
  const limiter = new Limiter({ target: "meta", store, configured: rule, times, nowMs: START });
  const clients = Array.from(
    { length: HOLDERS },
    (_, i) => new Client(`edge-${i}`, limiter, START + random.integer(0, REPORT_MS)),
  );
  const [busy, calm] = [clients.slice(0, 3), clients.slice(3)];
  const perMs = (5 * (rule.capacity + rule.refillPerMinute)) / LENGTH_MS;
  let level = { units: rule.capacity * UNITS_PER_PERMIT, refilledAt: START };
  const room = level.units;
  let [demand, waiting, ideal] = [0, 0, 0];
  for (let nowMs = START; nowMs <= START + LENGTH_MS; nowMs += STEP_MS) {
    level = refill(level, rule, room, nowMs, (fromMs, toMs) => toMs - fromMs);
    for (demand += perMs * STEP_MS * 2 * random.next(); demand >= 1; demand -= 1) {
      random.pick(random.next() < 0.8 ? busy : calm).waiting += 1;
      waiting += 1;
    }
    const given = Math.min(waiting, Math.floor(level.units / UNITS_PER_PERMIT));
    level = { ...level, units: level.units - given * UNITS_PER_PERMIT };
    waiting -= given;
    ideal += given;
    for (const client of clients) client.step(nowMs);
  }
  const used = clients.reduce((sum, client) => sum + client.used, 0);
  const asked = clients.reduce((sum, client) => sum + client.asked, 0);
  return { used, ideal, asked, saves: store.saves };
}
