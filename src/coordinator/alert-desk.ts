import type { AlertView } from "../alerts/alert-view.ts";
import { type TachographConfig, targetKind } from "../config.ts";
import type { TenantState } from "../merge/tenant-state.ts";
import { alertFacts } from "./alert-facts.ts";
import { dispatcherAlert, type DispatcherFault } from "./dispatcher-alert.ts";
import type { NotificationCarrier } from "./notification-carrier.ts";
import type { Atomically } from "./ports.ts";
import type { TenantAlerts } from "./tenant-alerts.ts";

export interface AlertDeskOptions {
  readonly config: TachographConfig;
  readonly state: TenantState;
  readonly alerts: TenantAlerts;
  readonly carrier: NotificationCarrier;
  readonly atomically: Atomically;
}

/**
 * What a tick has to do with alerts: it holds the rules against the merged state, and tells of the
 * one alert that no rule finds, that the dispatcher stands still.
 */
export class AlertDesk {
  readonly #options: AlertDeskOptions;
  /** Runs of errors of an evaluation that could not be stored, for the next one. */
  readonly #errorStreaks = new Map<string, number>();
  #dispatcherFault: DispatcherFault | null = null;

  constructor(options: AlertDeskOptions) {
    this.#options = options;
  }

  /** Whether an alert of severity CRITICAL fires. */
  get hasCritical(): boolean {
    return this.#options.alerts.hasCritical || this.#dispatcherFault !== null;
  }

  /**
   * Evaluates every rule. What changed is stored together with a checkpoint of the merged state: a
   * run of errors that was found must not be found again after a crash.
   * @param partialTargets those of which a shard did not answer.
   * @returns what changed, for the stream.
   * @throws what the stores throw; then nothing has changed.
   */
  evaluate(nowMs: number, partialTargets: ReadonlySet<string>): readonly AlertView[] {
    const { config, state, alerts, atomically } = this.#options;
    for (const [target, streak] of state.takeErrorStreaks(nowMs)) {
      this.#errorStreaks.set(target, Math.max(streak, this.#errorStreaks.get(target) ?? 0));
    }
    const kindOf = (target: string) => targetKind(config, target);
    const errorStreaks = this.#errorStreaks;
    const facts = alertFacts(state, { kindOf, nowMs, errorStreaks, partialTargets });
    const changes = alerts.evaluate(facts, (storeAlerts) =>
      atomically(() => {
        storeAlerts();
        if (state.isDirty) state.checkpoint(nowMs);
      }),
    );
    this.#errorStreaks.clear();
    return changes;
  }

  /** What changed about the alert that the dispatcher cannot send, since it is about itself. */
  dispatcherChanges(nowMs: number): readonly AlertView[] {
    const before = this.#dispatcherFault;
    const fault = this.#options.carrier.fault(nowMs);
    if (before?.since === fault?.since) return [];
    this.#dispatcherFault = fault;
    return [
      ...(before === null ? [] : [this.#dispatcherAlert(before, nowMs, nowMs)]),
      ...(fault === null ? [] : [this.#dispatcherAlert(fault, nowMs, null)]),
    ];
  }

  /** Every alert that has not ended, those that fire first. */
  views(nowMs: number): readonly AlertView[] {
    const fault = this.#dispatcherFault;
    const own = fault === null ? [] : [this.#dispatcherAlert(fault, nowMs, null)];
    return [...own, ...this.#options.alerts.views()];
  }

  #dispatcherAlert(fault: DispatcherFault, nowMs: number, resolvedAt: number | null): AlertView {
    const { delivery, messages } = this.#options.config;
    const { watchdogMs } = delivery;
    return dispatcherAlert(fault, { nowMs, resolvedAt, watchdogMs, language: messages.language });
  }
}
