import type { Alert } from "../../../src/alerts/alert.ts";
import { MAX_UNSEEN_MS } from "../../../src/alerts/advance-alert.ts";
import { AlertEngine } from "../../../src/alerts/alert-engine.ts";
import type { AlertCommit } from "../../../src/alerts/alert-store.ts";
import type { Rule } from "../../../src/alerts/rule.ts";
import type { Silence, SilenceMatch } from "../../../src/alerts/silence.ts";
import type { Notification } from "../../../src/notify/notice.ts";
import { MemoryAlertStore } from "../memory-alert-store.ts";
import { PlainAlerts, type PlainNotice, type PlainRoute } from "./plain-alerts.ts";
import { seriesOf } from "./series-facts.ts";

/** The series that there may be. */
export const SERIES = [
  { target: "meta", operation: "*" },
  { target: "meta", operation: "events" },
  { target: "google", operation: "*" },
] as const;

export const ROUTES: readonly (PlainRoute & {
  readonly severities: readonly Rule["severity"][];
})[] = [
  { channel: "mail", severities: ["CRITICAL", "HIGH", "MEDIUM"], targets: undefined },
  { channel: "on-call", severities: ["CRITICAL", "HIGH"], targets: undefined },
  { channel: "team-meta", severities: ["CRITICAL", "MEDIUM", "LOW"], targets: ["meta"] },
  {
    channel: "heal",
    severities: ["CRITICAL", "HIGH", "LOW"],
    targets: undefined,
    operations: ["events"],
    rules: ["first", "third"],
    events: ["firing"],
  },
  { channel: "once", severities: ["HIGH"], targets: undefined, events: ["firing", "resolved"] },
];

export const OPTIONS = {
  routes: ROUTES,
  repeatCriticalMs: 45_000,
  repeatMs: 600_000,
  noDataHoldMs: 90_000,
  maxUnseenMs: MAX_UNSEEN_MS,
  windowMs: 5 * 60_000,
};

/** One thing that happens. */
export type WorldStep =
  | {
      readonly kind: "tick";
      readonly gapMs: number;
      /** By the position in {@link SERIES}; null for no data. */
      readonly values: readonly (number | null)[];
      /** Whether a series without data is not even known. */
      readonly leavesOut: boolean;
      /** How many times it cannot be stored, each time a second after the other. */
      readonly failures: number;
    }
  | { readonly kind: "evict" }
  | { readonly kind: "acknowledge"; readonly which: number }
  | {
      readonly kind: "silence";
      readonly match: SilenceMatch;
      readonly inMs: number;
      readonly lengthMs: number;
    }
  | { readonly kind: "unsilence"; readonly which: number }
  | { readonly kind: "configure"; readonly rules: readonly Rule[] };

/** A notification that was stored, and when. */
export interface Told {
  readonly at: number;
  readonly notification: Notification;
}

/** What came of one step. */
export interface Outcome {
  readonly told: readonly Told[];
  readonly expected: readonly PlainNotice[];
}

/** An engine, what it stored, and the truth, through lives, failures and changes. */
export class AlertWorld {
  readonly store = new MemoryAlertStore();
  readonly plain = new PlainAlerts(OPTIONS);
  /** Each change of an alert's record for good. */
  readonly archived = new Map<string, Alert>();
  readonly begun: string[] = [];
  nowMs = Date.UTC(2026, 10, 20, 9);
  engine: AlertEngine;
  #rules: readonly Rule[];
  #silences = 0;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    this.engine = this.#awake();
  }

  run(step: WorldStep): Outcome {
    switch (step.kind) {
      case "tick":
        return this.#tick(step);
      case "evict":
        this.engine = this.#awake();
        break;
      case "configure":
        this.#rules = step.rules;
        this.engine = this.#awake();
        break;
      case "acknowledge":
        this.#acknowledge(step.which);
        break;
      case "silence":
        this.#silence(step);
        break;
      case "unsilence":
        this.#unsilence(step.which);
        break;
      default:
        step satisfies never;
    }
    return { told: [], expected: [] };
  }

  #awake(): AlertEngine {
    const { routes, repeatCriticalMs, repeatMs, noDataHoldMs } = OPTIONS;
    const policy = { routes, repeatCriticalMs, repeatMs };
    return new AlertEngine({ rules: this.#rules, policy, noDataHoldMs }, this.store.load());
  }

  #tick(step: Extract<WorldStep, { kind: "tick" }>): Outcome {
    this.nowMs += step.gapMs;
    for (let failure = 0; failure < step.failures; failure += 1) {
      this.store.failCommits(1);
      const told = this.#evaluate(step);
      this.store.failCommits(0);
      // There was nothing to store: it counts.
      if (told !== undefined) return this.#outcome(step, told);
      this.nowMs += 1_000;
    }
    const told = this.#evaluate(step);
    if (told === undefined) throw new Error("nothing stood in the way of storing it");
    return this.#outcome(step, told);
  }

  #outcome(step: Extract<WorldStep, { kind: "tick" }>, told: readonly Told[]): Outcome {
    const values = SERIES.map((name, index) => ({ ...name, value: step.values[index] ?? null }));
    return { told, expected: this.plain.look(this.#rules, this.nowMs, values) };
  }

  /** @returns what was told, or undefined if it could not be stored. */
  #evaluate({ values, leavesOut }: Extract<WorldStep, { kind: "tick" }>): Told[] | undefined {
    const { nowMs } = this;
    const series = SERIES.flatMap(({ target, operation }, index) => {
      const value = values[index] ?? null;
      return value === null && leavesOut ? [] : [seriesOf(target, value, { operation })];
    });
    const result = this.engine.evaluate({ nowMs, series });
    if (!result.isEmpty) {
      try {
        this.store.commit(result.commit);
      } catch (error) {
        if (error instanceof Error && error.message === "the disk is full") return undefined;
        throw error;
      }
    }
    this.engine.accept(result, nowMs);
    this.#note(result.commit);
    for (const { from, alert } of result.transitions) {
      if (from === "inactive") this.begun.push(alert.id);
    }
    return (result.commit.notifications ?? []).map((notification) => ({ at: nowMs, notification }));
  }

  #note({ records }: AlertCommit): void {
    for (const record of records ?? []) {
      if (record.kind === "alert") this.archived.set(record.alert.id, record.alert);
    }
  }

  #acknowledge(which: number): void {
    const open = [...this.engine.alerts];
    const alert = open[which % open.length];
    if (alert === undefined) return;
    const acknowledged = { ...alert, acknowledged: { by: "ana", at: this.nowMs } };
    this.store.commit({ put: [acknowledged] });
    this.engine.replace(acknowledged);
    this.plain.acknowledge(alert);
  }

  #silence({ match, inMs, lengthMs }: Extract<WorldStep, { kind: "silence" }>): void {
    this.#silences += 1;
    const from = this.nowMs + inMs;
    const by = { by: "ana", why: "a rollout" };
    const silence = { id: `s-${this.#silences}`, match, from, to: from + lengthMs, ...by };
    this.store.commit({ putSilences: [silence] });
    this.#setSilences([...this.engine.silences, silence]);
  }

  #unsilence(which: number): void {
    const { silences } = this.engine;
    const gone = silences[which % silences.length];
    if (gone === undefined) return;
    this.store.commit({ removeSilences: [gone.id] });
    this.#setSilences(silences.filter(({ id }) => id !== gone.id));
  }

  #setSilences(silences: readonly Silence[]): void {
    this.engine.setSilences(silences);
    this.plain.silences = silences;
  }
}
