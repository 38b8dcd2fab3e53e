import type { Alert, Transition } from "./alert.ts";
import { advanceAlert, beginAlert, resolveAlert } from "./advance-alert.ts";
import type { AlertCommit, StoredAlerts } from "./alert-store.ts";
import type { Facts, SeriesFacts } from "./facts.ts";
import { WHOLE_TARGET } from "../names.ts";
import { foundBy } from "./found-by.ts";
import { judge, type Judgement } from "./judge.ts";
import { measure } from "./measure.ts";
import { mayBegin, remembersMs } from "./metrics.ts";
import { type NotifyPolicy, planNotices } from "./notify-plan.ts";
import type { Rule } from "./rule.ts";
import { ruleFingerprint } from "./rule-fingerprint.ts";
import { RecentEnds } from "./recent-ends.ts";
import { recentValue } from "./recent-value.ts";
import { RuleIndex } from "./rule-index.ts";
import { type Silence, silenceOf } from "./silence.ts";

/** A pending alert is stored again after so long, so that a new life knows that it was looked at. */
const STORE_AGAIN_MS = 60_000;

/** Most alerts of a tenant that have not ended; further conditions are counted and not followed. */
export const MAX_OPEN_ALERTS = 5_000;

export interface AlertEngineOptions {
  readonly rules: readonly Rule[];
  readonly policy: NotifyPolicy;
  /** How long an alert waits for data before it ends, milliseconds. */
  readonly noDataHoldMs: number;
  /**
   * Makes the end of an id, of `[a-z0-9]`: receivers may be shared by tenants whose first alerts
   * begin in the same millisecond. Undefined for ids that are unique within the tenant.
   */
  readonly newSuffix?: (() => string) | undefined;
}

/** What an evaluation found. Nothing has changed until it is committed. */
export interface EvaluationResult {
  readonly transitions: readonly Transition[];
  /** To be stored, all or nothing, before {@link AlertEngine.accept}. */
  readonly commit: AlertCommit;
  /** Whether there is anything to store. */
  readonly isEmpty: boolean;
  readonly next: ReadonlyMap<string, Alert>;
  readonly nextNumber: number;
  /** Alerts that ended, by what identifies their rule and series. */
  readonly ended: readonly (readonly [key: string, alert: Alert])[];
}

/**
 * Evaluates rules on series and keeps the alerts that have not ended. It is given the time and the
 * facts, and gives what is to be stored; whoever holds it stores that and then accepts the result.
 */
export class AlertEngine {
  readonly #options: AlertEngineOptions;
  readonly #index: RuleIndex;
  readonly #fingerprints: ReadonlyMap<string, string>;
  readonly #forMs: ReadonlyMap<string, number>;
  readonly #inhibitors: ReadonlyMap<string, readonly string[]>;
  readonly #storedAt = new Map<string, number>();
  readonly #rules: ReadonlyMap<string, Rule>;
  readonly #recentEnds: RecentEnds;
  #alerts: ReadonlyMap<string, Alert>;
  #nextNumber: number;
  #silences: readonly Silence[];
  #overflow = 0;

  constructor(options: AlertEngineOptions, stored: StoredAlerts) {
    this.#options = options;
    this.#index = new RuleIndex(options.rules);
    this.#fingerprints = new Map(options.rules.map((rule) => [rule.name, ruleFingerprint(rule)]));
    this.#rules = new Map(options.rules.map((rule) => [rule.name, rule]));
    this.#recentEnds = new RecentEnds(options.policy.cooldownMs ?? 0);
    this.#forMs = new Map(options.rules.map(({ name, forMs }) => [name, forMs]));
    this.#inhibitors = inhibitorsOf(options.rules);
    this.#alerts = new Map(stored.alerts.map((alert) => [keyOf(alert), alert]));
    this.#nextNumber = stored.nextNumber;
    this.#silences = stored.silences;
    for (const alert of stored.alerts) this.#storedAt.set(alert.id, alert.evaluatedAt);
  }

  /** The alerts that have not ended. */
  get alerts(): Iterable<Alert> {
    return this.#alerts.values();
  }

  get silences(): readonly Silence[] {
    return this.#silences;
  }

  /**
   * Conditions that held and were not followed, since there were {@link MAX_OPEN_ALERTS}: each is
   * counted once per evaluation, so that one which lasts counts again at every tick.
   */
  get overflow(): number {
    return this.#overflow;
  }

  get hasPending(): boolean {
    return this.#some(({ state }) => state === "pending");
  }

  get hasOpen(): boolean {
    return this.#alerts.size > 0;
  }

  /** When the first of the pending alerts has waited long enough; Infinity if none is pending. */
  get nextFiringAt(): number {
    let at = Infinity;
    for (const { state, since, rule } of this.#alerts.values()) {
      if (state === "pending") at = Math.min(at, since + (this.#forMs.get(rule) ?? 0));
    }
    return at;
  }

  /** Whether an alert of severity CRITICAL fires. */
  get hasCritical(): boolean {
    return this.#some(({ state, severity }) => state === "firing" && severity === "CRITICAL");
  }

  find(id: string): Alert | undefined {
    for (const alert of this.#alerts.values()) if (alert.id === id) return alert;
    return undefined;
  }

  /** Evaluates every rule on every series in its scope, once. */
  evaluate({ nowMs, series }: Facts): EvaluationResult {
    const run = new Run(this.#alerts, this.#nextNumber, nowMs, this.#options.newSuffix);
    for (const one of series) this.#evaluateSeries(run, one);
    this.#evaluateUnseen(run);
    this.#quieten(run);
    return this.#conclude(run);
  }

  /** Takes over what was stored of an evaluation. */
  accept(result: EvaluationResult, nowMs: number): void {
    this.#alerts = result.next;
    this.#nextNumber = result.nextNumber;
    for (const alert of result.commit.put ?? []) this.#storedAt.set(alert.id, nowMs);
    for (const id of result.commit.remove ?? []) this.#storedAt.delete(id);
    this.#recentEnds.note(result.ended, nowMs);
  }

  /** Replaces one open alert, as when somebody acknowledges it. Store it first. */
  replace(alert: Alert): void {
    this.#alerts = new Map(this.#alerts).set(keyOf(alert), alert);
  }

  /** Replaces the silences. Store them first. */
  setSilences(silences: readonly Silence[]): void {
    this.#silences = silences;
  }

  #some(is: (alert: Alert) => boolean): boolean {
    for (const alert of this.#alerts.values()) if (is(alert)) return true;
    return false;
  }

  #evaluateSeries(run: Run, series: SeriesFacts): void {
    for (const rule of this.#index.rulesFor(series)) {
      const value = measure(rule, series, run.nowMs);
      const judgement = judge(rule, value, () => recentValue(rule, series, run.nowMs));
      this.#step(run, rule, series, judgement, foundBy(rule, series));
    }
  }

  #step(
    run: Run,
    rule: Rule,
    { target, operation }: { readonly target: string; readonly operation: string },
    judgement: Judgement,
    found?: number | null,
  ): void {
    const key = keyOf({ rule: rule.name, target, operation });
    const fingerprint = this.#fingerprints.get(rule.name) ?? "";
    let alert = run.alerts.get(key);
    if (alert !== undefined && alert.fingerprint !== fingerprint) {
      this.#end(run, alert, "rule_changed");
      alert = undefined;
    }
    if (alert === undefined) {
      if (judgement.kind !== "holds" || !mayBegin(rule.measure, judgement.value)) return;
      if (run.alerts.size >= MAX_OPEN_ALERTS) {
        this.#overflow += 1;
        return;
      }
      const { nowMs } = run;
      alert = beginAlert({ id: run.newId(), rule, fingerprint, target, operation, nowMs });
    }
    run.seen.add(key);
    const { noDataHoldMs } = this.#options;
    const next = advanceAlert(alert, { rule, judgement, nowMs: run.nowMs, noDataHoldMs });
    run.put(key, next === undefined || found === undefined ? next : { ...next, found });
  }

  /** Alerts whose series has left memory, or whose rule or scope is gone. */
  #evaluateUnseen(run: Run): void {
    for (const [key, alert] of run.alerts) {
      if (run.seen.has(key) || alert.state === "resolved") continue;
      const rule = this.#rules.get(alert.rule);
      if (rule === undefined) this.#end(run, alert, "rule_removed");
      else this.#step(run, rule, alert, { kind: "noData" });
    }
  }

  #end(run: Run, alert: Alert, reason: "rule_removed" | "rule_changed"): void {
    const key = keyOf(alert);
    if (alert.state === "pending") run.put(key, undefined);
    else run.end(key, resolveAlert(alert, reason, run.nowMs));
  }

  /** Finds what keeps each alert quiet: a rule that implies it and fires, or a silence. */
  #quieten(run: Run): void {
    for (const [key, alert] of run.alerts) {
      if (alert.state === "resolved") continue;
      const inhibitedBy = this.#inhibitorOf(run, alert) ?? null;
      const silencedBy = silenceOf(alert, this.#silences, run.nowMs)?.id ?? null;
      if (inhibitedBy === alert.inhibitedBy && silencedBy === alert.silencedBy) continue;
      const isFreed = inhibitedBy === null && alert.inhibitedBy !== null;
      const quietUntil = isFreed ? run.nowMs + this.#graceMs(alert) : alert.quietUntil;
      run.alerts.set(key, { ...alert, inhibitedBy, silencedBy, quietUntil });
    }
  }

  /** For as long as its value is still made of what the rule that implied it has told of. */
  #graceMs({ rule: name }: Alert): number {
    const rule = this.#rules.get(name);
    return rule === undefined ? 0 : Math.max(rule.forMs, remembersMs(rule.measure));
  }

  #inhibitorOf(run: Run, alert: Alert): string | undefined {
    return this.#inhibitors.get(alert.rule)?.find((rule) => {
      const { target, operation } = alert;
      const same = run.alerts.get(keyOf({ rule, target, operation }));
      if (same !== undefined && isLoud(same)) return true;
      const whole = run.alerts.get(keyOf({ rule, target, operation: WHOLE_TARGET }));
      return whole !== undefined && isLoud(whole);
    });
  }

  #conclude(run: Run): EvaluationResult {
    const { nowMs } = run;
    const put: Alert[] = [];
    const remove: string[] = [...run.dropped];
    const notifications = [];
    const records = [];
    const next = new Map<string, Alert>();
    const ended: [string, Alert][] = [];
    for (const [key, looked] of [...run.ended, ...run.alerts]) {
      const isTooEarly = this.#recentEnds.has(key, nowMs);
      const planned = planNotices(looked, this.#options.policy, nowMs, isTooEarly);
      notifications.push(...planned.notifications);
      const { alert } = planned;
      const before = this.#alerts.get(key);
      const isOver = alert.state === "resolved";
      if (isOver) {
        remove.push(alert.id);
        ended.push([key, alert]);
      } else next.set(key, alert);
      const isChanged = !isOver && this.#isWorthStoring(before, alert, nowMs);
      if (isChanged) put.push(alert);
      if (alert.firedAt !== null && (isOver || isChanged)) {
        records.push({ kind: "alert" as const, alert });
      }
      const from = before?.id === alert.id ? before.state : "inactive";
      if (from !== alert.state) run.transitions.push({ at: nowMs, from, to: alert.state, alert });
    }
    const { nextNumber, transitions } = run;
    const isEmpty = put.length + remove.length + notifications.length === 0;
    const commit = { nextNumber, put, remove, notifications, records };
    return { transitions, commit, isEmpty, next, nextNumber, ended };
  }

  #isWorthStoring(before: Alert | undefined, alert: Alert, nowMs: number): boolean {
    if (before?.id !== alert.id || before.state !== alert.state) return true;
    if (alert.state === "pending") {
      const storedAt = this.#storedAt.get(alert.id) ?? -Infinity;
      const isDue = Math.abs(nowMs - storedAt) >= STORE_AGAIN_MS;
      return isDue || before.since !== alert.since || before.inhibitedBy !== alert.inhibitedBy;
    }
    return (
      before.toldChannels !== alert.toldChannels ||
      before.repeats !== alert.repeats ||
      before.clearedAt !== alert.clearedAt ||
      before.noDataAt !== alert.noDataAt ||
      before.inhibitedBy !== alert.inhibitedBy ||
      before.silencedBy !== alert.silencedBy
    );
  }
}

/** One evaluation under way: the alerts as they become, apart from those that are. */
class Run {
  readonly alerts: Map<string, Alert>;
  /** Alerts that ended and whose place another one may take at once. */
  readonly ended: [string, Alert][] = [];
  /** Ids of pending alerts that never fired. */
  readonly dropped: string[] = [];
  readonly seen = new Set<string>();
  readonly transitions: Transition[] = [];
  readonly nowMs: number;
  readonly #newSuffix: (() => string) | undefined;
  nextNumber: number;

  constructor(
    alerts: ReadonlyMap<string, Alert>,
    nextNumber: number,
    nowMs: number,
    newSuffix: (() => string) | undefined,
  ) {
    this.alerts = new Map(alerts);
    this.nextNumber = nextNumber;
    this.nowMs = nowMs;
    this.#newSuffix = newSuffix;
  }

  /** Unique for ever: by the tenant's count of alerts, and by the time should that be lost. */
  newId(): string {
    const number = this.nextNumber;
    this.nextNumber += 1;
    const parts = [this.nowMs.toString(36), number.toString(36)];
    if (this.#newSuffix !== undefined) parts.push(this.#newSuffix());
    return parts.join("-");
  }

  put(key: string, alert: Alert | undefined): void {
    if (alert !== undefined) {
      this.alerts.set(key, alert);
      return;
    }
    const before = this.alerts.get(key);
    this.alerts.delete(key);
    if (before === undefined) return;
    this.dropped.push(before.id);
    this.transitions.push({ at: this.nowMs, from: "pending", to: "inactive", alert: before });
  }

  end(key: string, alert: Alert): void {
    this.alerts.delete(key);
    this.ended.push([key, alert]);
  }
}

/** Whether an alert makes those that it implies superfluous. */
function isLoud({ state }: Alert): boolean {
  return state === "firing" || state === "nodata";
}

function keyOf({ rule, target, operation }: Pick<Alert, "rule" | "target" | "operation">): string {
  return `${rule}\n${target}\n${operation}`;
}

/** Per rule, those that imply it. */
function inhibitorsOf(rules: readonly Rule[]): Map<string, string[]> {
  const inhibitors = new Map<string, string[]>();
  for (const { name, inhibits } of rules) {
    for (const implied of inhibits) {
      inhibitors.set(implied, [...(inhibitors.get(implied) ?? []), name]);
    }
  }
  return inhibitors;
}
