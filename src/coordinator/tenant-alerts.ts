import type { Alert, Transition } from "../alerts/alert.ts";
import { AlertEngine } from "../alerts/alert-engine.ts";
import type { AlertStore } from "../alerts/alert-store.ts";
import { type AlertView, alertView, type Summarise } from "../alerts/alert-view.ts";
import type { AuditEntry } from "../alerts/archive.ts";
import type { Facts } from "../alerts/facts.ts";
import { settlesAfterMs } from "../alerts/metrics.ts";
import type { Route } from "../alerts/route.ts";
import { SEVERITIES } from "../alerts/rule.ts";
import type { Silence } from "../alerts/silence.ts";
import { unarchived } from "../alerts/unarchived.ts";
import type { TachographConfig } from "../config.ts";
import { MINUTE_MS } from "../merge/slot-time.ts";
import { MAX_SILENCES, type SilenceAnswer, type UnarchivedViews } from "../wire/alerts-rpc.ts";
import type { NotificationView } from "../wire/dispatcher-rpc.ts";
import type { AlertsHealth } from "./coordinator-health.ts";

/** Ticks go on for so long after no rule can find anything new, so that one comes after that. */
const WATCH_MARGIN_MS = MINUTE_MS;

/** Characters of a random identifier that make an alert's id unique among tenants. */
const SUFFIX_LENGTH = 8;

export interface TenantAlertsOptions {
  readonly config: TachographConfig;
  readonly store: AlertStore;
  readonly summarise: Summarise;
  /** A new identifier each time, of `[a-z0-9-]`. */
  readonly newId: () => string;
  readonly now: () => number;
}

/**
 * A tenant's alerts: evaluates the rules at each tick, stores what changed together with what is
 * to be told of it, and does what people ask: acknowledge, silence.
 */
export class TenantAlerts {
  readonly #options: TenantAlertsOptions;
  readonly #engine: AlertEngine;
  /** How long after the last timing or permit a rule may still find something new. */
  readonly #watchMs: number;

  constructor(options: TenantAlertsOptions) {
    const { config, store } = options;
    const { rules, repeatCriticalMs, repeatMs, cooldownMs, noDataHoldMs } = config.alerts;
    this.#options = options;
    const newSuffix = (): string => options.newId().slice(0, SUFFIX_LENGTH);
    const policy = { routes: routesOf(config), repeatCriticalMs, repeatMs, cooldownMs };
    this.#engine = new AlertEngine({ rules, policy, noDataHoldMs, newSuffix }, store.load());
    this.#watchMs = Math.max(0, ...rules.map(settlesAfterMs)) + WATCH_MARGIN_MS;
  }

  /** Whether an alert waits for its time to fire. */
  get hasPending(): boolean {
    return this.#engine.hasPending;
  }

  /** When the first of the pending alerts has waited long enough; Infinity if none is pending. */
  get nextFiringAt(): number {
    return this.#engine.nextFiringAt;
  }

  /** Whether an alert of severity CRITICAL fires. */
  get hasCritical(): boolean {
    return this.#engine.hasCritical;
  }

  /**
   * Whether rules have to be evaluated though nothing new comes in: windows that empty, an alert
   * that waits, a repeat that becomes due.
   * @param lastActivityAt when the tenant last had a timing or was asked for a permit, or null.
   */
  needsTicks(nowMs: number, lastActivityAt: number | null): boolean {
    if (this.#engine.hasOpen) return true;
    if (this.#options.config.alerts.rules.length === 0) return false;
    return lastActivityAt !== null && nowMs - lastActivityAt < this.#watchMs;
  }

  /**
   * Evaluates every rule once. State and what is to be told are stored together, or nothing of
   * either: then the next evaluation finds the same again.
   * @param save is called if there is something to store, and calls what stores it, with whatever
   * else has to be stored with it.
   * @throws what `save` throws.
   */
  evaluate(facts: Facts, save: (storeAlerts: () => void) => void): readonly AlertView[] {
    const result = this.#engine.evaluate(facts);
    if (!result.isEmpty) save(() => this.#options.store.commit(result.commit));
    this.#engine.accept(result, facts.nowMs);
    this.#forgetSilences(facts.nowMs);
    return result.transitions.map((transition) => this.#viewOf(transition));
  }

  /** The alerts that have not ended, those that fire first. */
  views(): AlertView[] {
    return [...this.#engine.alerts].toSorted(byUrgency).map((alert) => this.#view(alert));
  }

  /** @returns the alert, or undefined if none that is open has this id. */
  acknowledge(id: string, by: string): AlertView | undefined {
    const { now, store } = this.#options;
    const alert = this.#engine.find(id);
    if (alert === undefined) return undefined;
    const nowMs = now();
    const acknowledged: Alert = { ...alert, acknowledged: { by, at: nowMs } };
    const entry = this.#auditEntry({
      by,
      action: "alert.acknowledge",
      subject: id,
      detail: { rule: alert.rule, target: alert.target },
    });
    store.commit({
      put: [acknowledged],
      records: [
        { kind: "audit", entry },
        ...(alert.firedAt === null ? [] : [{ kind: "alert" as const, alert: acknowledged }]),
      ],
    });
    this.#engine.replace(acknowledged);
    return this.#view(acknowledged);
  }

  silences(): readonly Silence[] {
    const nowMs = this.#options.now();
    return this.#engine.silences.filter(({ to }) => to > nowMs);
  }

  addSilence(asked: Omit<Silence, "id">): SilenceAnswer {
    const known = this.silences();
    if (known.length >= MAX_SILENCES) {
      return { ok: false, reason: "too_many", maxSilences: MAX_SILENCES };
    }
    const silence = { ...asked, id: this.#options.newId() };
    const { match, from, to, why, by, id } = silence;
    const detail = { match, from, to, why };
    const entry = this.#auditEntry({ by, action: "silence.create", subject: id, detail });
    this.#options.store.commit({ putSilences: [silence], records: [{ kind: "audit", entry }] });
    this.#engine.setSilences([...known, silence]);
    return { ok: true, silence };
  }

  removeSilence(id: string, by: string): boolean {
    const silence = this.silences().find((one) => one.id === id);
    if (silence === undefined) return false;
    const { match, from, to, why } = silence;
    const detail = { match, from, to, why, createdBy: silence.by };
    const entry = this.#auditEntry({ by, action: "silence.delete", subject: id, detail });
    this.#options.store.commit({ removeSilences: [id], records: [{ kind: "audit", entry }] });
    this.#engine.setSilences(this.#engine.silences.filter((one) => one.id !== id));
    return true;
  }

  /** Keeps what somebody did. */
  audit(about: Omit<AuditEntry, "id" | "at">): void {
    this.#options.store.commit({ records: [{ kind: "audit", entry: this.#auditEntry(about) }] });
  }

  /**
   * Alerts that touch [from, to), and entries of the audit trail within it, that D1 does not have
   * yet as they are here: at most `limit` of each, the newest.
   */
  unarchived(from: number, to: number, limit: number): UnarchivedViews {
    const { alerts, audit } = unarchived(this.#options.store, from, to, limit);
    return { alerts: alerts.map((alert) => this.#view(alert)), audit };
  }

  /** What the dispatcher does not have yet. */
  outgoing(limit: number): NotificationView[] {
    return this.#options.store.outgoing(limit).map(({ id, channel, queuedAt, notice }) => ({
      id,
      channel,
      alert: notice.alertId,
      event: notice.event,
      state: "queued",
      attempts: 0,
      queuedAt,
      nextAt: queuedAt,
      deliveredAt: null,
      lastError: null,
    }));
  }

  health(): AlertsHealth {
    const counts = { pending: 0, firing: 0, nodata: 0 };
    for (const { state } of this.#engine.alerts) if (state !== "resolved") counts[state] += 1;
    const { store, config } = this.#options;
    return {
      ...counts,
      rules: config.alerts.rules.length,
      silences: this.silences().length,
      overflow: this.#engine.overflow,
      outgoing: store.outgoingCount(),
    };
  }

  #forgetSilences(nowMs: number): void {
    const over = this.#engine.silences.filter(({ to }) => to <= nowMs).map(({ id }) => id);
    if (over.length === 0) return;
    this.#options.store.commit({ removeSilences: over });
    this.#engine.setSilences(this.#engine.silences.filter(({ id }) => !over.includes(id)));
  }

  #auditEntry(about: Omit<AuditEntry, "id" | "at">): AuditEntry {
    return { ...about, id: this.#options.newId(), at: this.#options.now() };
  }

  /** A condition that ended before its alert fired is shown as an end, too: else it would stay. */
  #viewOf({ to, at, alert }: Transition): AlertView {
    return this.#view(
      to === "inactive"
        ? { ...alert, state: "resolved", resolvedAt: at, resolvedReason: "recovered" }
        : alert,
    );
  }

  #view(alert: Alert): AlertView {
    const { config, summarise } = this.#options;
    return alertView(alert, config.messages.language, summarise);
  }
}

/** The channels as rules are routed to them. */
function routesOf({ channels }: TachographConfig): Route[] {
  return Object.entries(channels).map(
    ([channel, { severities, targets, operations, rules, events }]) => ({
      channel,
      severities,
      targets,
      operations,
      rules,
      events,
    }),
  );
}

const STATES = ["firing", "nodata", "pending", "resolved"];

function byUrgency(one: Alert, other: Alert): number {
  return (
    STATES.indexOf(one.state) - STATES.indexOf(other.state) ||
    SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
    one.since - other.since
  );
}
