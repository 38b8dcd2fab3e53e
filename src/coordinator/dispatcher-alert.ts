import type { AlertView } from "../alerts/alert-view.ts";
import type { Language } from "../alerts/rule.ts";

/** The rule that nobody configures: the dispatcher, who tells of all others, is silent itself. */
export const DISPATCHER_STALLED = "dispatcher-stalled";

const SUMMARY: Readonly<Record<Language, (reason: string) => string>> = {
  en: (reason) => `The dispatcher does not work, so nobody is told of alerts: ${reason}.`,
  "pt-BR": (reason) => `O dispatcher não funciona, então ninguém é avisado dos alertas: ${reason}.`,
};

const ACTION: Readonly<Record<Language, string>> = {
  en: "Look at /health/deep and at the Worker's log; watch this page until messages leave again.",
  "pt-BR":
    "Veja /health/deep e o log do Worker; acompanhe esta página até as mensagens voltarem a sair.",
};

export interface DispatcherFault {
  readonly since: number;
  readonly reason: string;
}

/**
 * An alert about the dispatcher, for the page and the stream: it cannot be sent by whom it is about.
 * @param resolvedAt when it was over, or null.
 */
export function dispatcherAlert(
  { since, reason }: DispatcherFault,
  about: {
    readonly nowMs: number;
    readonly resolvedAt: number | null;
    readonly watchdogMs: number;
    readonly language: Language;
  },
): AlertView {
  const { nowMs, resolvedAt, watchdogMs, language } = about;
  return {
    id: `${DISPATCHER_STALLED}-${since.toString(36)}`,
    rule: DISPATCHER_STALLED,
    target: "dispatcher",
    operation: "*",
    severity: "CRITICAL",
    state: resolvedAt === null ? "firing" : "resolved",
    metric: "noData",
    value: Math.max((resolvedAt ?? nowMs) - since, 0),
    comparison: ">=",
    threshold: watchdogMs,
    unit: "Ms",
    since,
    firedAt: since + watchdogMs,
    resolvedAt,
    resolvedReason: resolvedAt === null ? null : "recovered",
    acknowledgedBy: null,
    acknowledgedAt: null,
    inhibitedBy: null,
    silencedBy: null,
    summary: SUMMARY[language](reason),
    action: ACTION[language],
  };
}
