import { AlertEngine } from "../../src/alerts/alert-engine.ts";
import type { Facts } from "../../src/alerts/facts.ts";
import { RuleIndex } from "../../src/alerts/rule-index.ts";
import { parseConfig } from "../../src/config.ts";
import { alertFacts } from "../../src/coordinator/alert-facts.ts";
import { ByteWriter } from "../../src/histogram/byte-writer.ts";
import { DeltaBuilder, writeDelta } from "../../src/merge/delta.ts";
import { emptyLedger } from "../../src/merge/intake-ledger.ts";
import { DAY_MS, MINUTE_MS, SLOT_MS, startOf } from "../../src/merge/slot-time.ts";
import { TenantState } from "../../src/merge/tenant-state.ts";
import { OUTCOMES } from "../../src/outcome.ts";
import { TARGET_KINDS, type TargetKind } from "../../src/target-kind.ts";
import { SqliteTenantStore } from "../../durable-objects/storage/sqlite-tenant-store.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { nodeSqlite } from "../lib/node-sqlite.ts";
import { logNormal } from "../lib/random.ts";

/** In the middle of a minute, so that some ticks go by before the next one. */
const START = Date.UTC(2026, 10, 20, 12, 0, 1);
const OPERATION = "events";
/** Of each target. */
export const TIMINGS_A_MINUTE = 60;
/** As many as the days before had in 5 minutes. */
const TIMINGS_AT_FIRST = 5 * TIMINGS_A_MINUTE;
/** Of so many targets one is of another kind than a platform, each kind in turn. */
const OTHER_KIND_EVERY = 8;
/** Of so many targets one fails at half of its calls, so that there are alerts. */
const FAILING_EVERY = 20;

/** A tenant's merged state with enough targets for a number of (rule, series) pairs. */
export class AlertsWorld {
  readonly state: TenantState;
  readonly engine: AlertEngine;
  /** How often a rule is evaluated on a series, in one evaluation. */
  readonly pairs: number;
  readonly targets: readonly string[];
  readonly #kinds = new Map<string, TargetKind>();
  readonly #random = seededRandom(5);
  #nowMs = START;
  #row = 0;

  /** With the default rules, every one of which has series in its scope. */
  constructor(pairs: number) {
    const { alerts } = parseConfig({});
    const { rules, repeatCriticalMs, repeatMs, noDataHoldMs } = alerts;
    const index = new RuleIndex(rules);
    this.state = new TenantState(new SqliteTenantStore(nodeSqlite()), this.#nowMs);
    let found = 0;
    for (let i = 0; found < pairs; i++) {
      const target = `target-${i}`;
      const kind = kindOf(i);
      this.#kinds.set(target, kind);
      found += index.rulesFor({ target, operation: "*", kind }).length;
    }
    this.pairs = found;
    this.targets = [...this.#kinds.keys()];
    for (const target of this.targets) {
      this.state.addShard(shardOf(target), target, this.#nowMs);
    }
    this.#fillDay();
    this.change(TIMINGS_AT_FIRST);
    const policy = { routes: [], repeatCriticalMs, repeatMs };
    const stored = { nextNumber: 1, alerts: [], silences: [] };
    this.engine = new AlertEngine({ rules, policy, noDataHoldMs }, stored);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Lets time pass. */
  pass(durationMs: number): void {
    this.#nowMs += durationMs;
    this.state.advance(this.#nowMs);
  }

  /** New timings in every series, as of now. */
  change(timings: number): void {
    this.#row += 1;
    for (const [i, target] of this.targets.entries()) this.#merge(target, i, timings);
    this.state.advance(this.#nowMs);
  }

  /** What rules see, as at a tick. */
  facts(): Facts {
    return alertFacts(this.state, {
      kindOf: (target) => this.#kinds.get(target) ?? "platform",
      nowMs: this.#nowMs,
      errorStreaks: this.state.takeErrorStreaks(this.#nowMs),
      partialTargets: new Set(),
    });
  }

  #merge(target: string, index: number, timings: number): void {
    const isFailing = index % FAILING_EVERY === 0;
    const usual = kindOf(index) === "cache" ? "hit" : "ok";
    const delta = new DeltaBuilder();
    const builder = delta.builder(startOf(this.#nowMs, SLOT_MS), OPERATION);
    for (let i = 0; i < timings; i++) {
      const durationUs = Math.round(logNormal(this.#random, 180_000, 0.6));
      const outcome = isFailing && i % 2 === 0 ? "error" : usual;
      builder.record(durationUs, OUTCOMES.indexOf(outcome));
    }
    const writer = new ByteWriter(1_024);
    writeDelta(writer, delta.finish());
    const answer = {
      from: this.#row - 1,
      to: this.#row,
      delta: writer.finish(),
      ledger: emptyLedger(),
      pending: 0,
      logRows: 0,
      reporters: 1,
      forgottenReporters: 0,
      perSecond: 0,
      p95Ms: null,
    };
    const isMerged = this.state.merge(shardOf(target), answer, this.#nowMs);
    if (!isMerged) throw new Error(`${target}: a change was not merged`);
  }

  /** A day of minutes, so that rules that look at 6 and 24 hours have something to add up. */
  #fillDay(): void {
    const { minuteCounts } = this.state;
    const first = startOf(this.#nowMs, MINUTE_MS) - DAY_MS;
    for (const [i, target] of this.targets.entries()) {
      const failed = i % FAILING_EVERY === 0 ? 20 : 0;
      for (let at = first; at < this.#nowMs; at += MINUTE_MS) {
        minuteCounts.add(target, at, { count: TIMINGS_A_MINUTE, failed });
      }
      minuteCounts.noteTally(target, { granted: 0, denied: 0 });
      minuteCounts.noteTally(target, { granted: 60, denied: 1 });
    }
  }
}

function kindOf(index: number): TargetKind {
  const isOther = index % OTHER_KIND_EVERY === 0;
  const kind = TARGET_KINDS[(index / OTHER_KIND_EVERY) % TARGET_KINDS.length];
  return (isOther ? kind : undefined) ?? "platform";
}

function shardOf(target: string): string {
  return `bench/${target}#0`;
}
