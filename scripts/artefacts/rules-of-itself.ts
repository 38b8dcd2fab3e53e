import type { Severity } from "../../src/alerts/rule.ts";
import { MINUTE_MS } from "../../src/merge/slot-time.ts";

/** A rule about Tachograph itself, with what people are told. */
export interface RuleOfItself {
  readonly name: string;
  readonly expr: string;
  readonly forMs: number;
  readonly severity: Severity;
  readonly summary: string;
  /** What to look at first, in English. */
  readonly action: string;
  /** The same, in Portuguese. */
  readonly acao: string;
}

/** Whether the numbers that all other rules are made of can be relied upon. */
const NUMBERS: readonly RuleOfItself[] = [
  {
    name: "scrape-fails",
    expr: 'up{job=~"tachograph.*"} == 0',
    forMs: 5 * MINUTE_MS,
    severity: "CRITICAL",
    summary: "{{ $labels.job }} at {{ $labels.instance }} cannot be scraped",
    action:
      "Read the error on Prometheus's page of targets: 401 is the token, 503 the coordinator.",
    acao: "Leia o erro na página de alvos do Prometheus: 401 é o token, 503 é o coordenador.",
  },
  {
    name: "stale",
    expr: "tachograph_staleness_seconds > 120",
    forMs: 5 * MINUTE_MS,
    severity: "HIGH",
    summary: "Tachograph's numbers are {{ $value | humanizeDuration }} old",
    action: "Ask GET /health/deep: is coordinator.detail.tickedAt recent?",
    acao: "Consulte GET /health/deep: coordinator.detail.tickedAt é recente?",
  },
  {
    name: "shard-missing",
    expr: "tachograph_shard_up == 0",
    forMs: 5 * MINUTE_MS,
    severity: "HIGH",
    summary:
      "Shard {{ $labels.shard }} of {{ $labels.target }} does not answer: its numbers are missing",
    action: "Ask GET /health/deep: shards.detail.missing says which, and since when.",
    acao: "Consulte GET /health/deep: shards.detail.missing diz quais e desde quando.",
  },
  {
    name: "ledger-unbalanced",
    expr: "tachograph_ledger_balanced == 0",
    forMs: 5 * MINUTE_MS,
    severity: "CRITICAL",
    summary: "Accepted timings and counted ones do not add up",
    action: "This is a defect: keep what GET /health/deep says of the ledger, and report it.",
    acao: "Isto é um defeito: guarde o que GET /health/deep diz do livro-razão e relate-o.",
  },
];

/** Whether people hear of what Tachograph finds. */
const MESSAGES: readonly RuleOfItself[] = [
  {
    name: "dispatcher-down",
    expr: "tachograph_dispatcher_up == 0",
    forMs: 5 * MINUTE_MS,
    severity: "CRITICAL",
    summary: "The dispatcher does not answer: nobody is told of alerts",
    action: "Ask GET /health/deep for dispatcher.problems; meanwhile look at GET /v1/alerts.",
    acao: "Consulte dispatcher.problems em GET /health/deep; enquanto isso, veja GET /v1/alerts.",
  },
  {
    name: "channel-failing",
    expr: "tachograph_channel_up == 0",
    forMs: 5 * MINUTE_MS,
    severity: "HIGH",
    summary: "The channel {{ $labels.channel }} delivers nothing",
    action: "Ask GET /v1/channels for the reason; after mending it, test the channel.",
    acao: "Consulte o motivo em GET /v1/channels; depois de corrigi-lo, teste o canal.",
  },
  {
    name: "notifications-waiting",
    expr: "tachograph_notifications_waiting > 0",
    forMs: 10 * MINUTE_MS,
    severity: "HIGH",
    summary: "Notifications wait for the dispatcher, {{ $value | humanize }} of them",
    action: "Ask GET /health/deep for dispatcher.problems: it takes none, or not fast enough.",
    acao: "Consulte dispatcher.problems em GET /health/deep: ele não aceita nada, ou é lento demais.",
  },
  {
    name: "notifications-lost",
    expr: "increase(tachograph_notifications_dead_total[1h]) > 0\nor\nincrease(tachograph_notifications_dropped_total[1h]) > 0",
    forMs: 0,
    severity: "HIGH",
    summary: "Notifications were lost on the channel {{ $labels.channel }} within an hour",
    action: "Read GET /v1/notifications?state=dead: it says what was not told, and why.",
    acao: "Leia GET /v1/notifications?state=dead: lá está o que não foi avisado e por quê.",
  },
  {
    name: "alerts-overflow",
    expr: "increase(tachograph_alerts_overflow_total[1h]) > 0",
    forMs: 0,
    severity: "MEDIUM",
    summary: "There are more alerts than are kept: some were not opened within an hour",
    action: "Narrow the rules that fire for many operations, or silence them.",
    acao: "Restrinja as regras que disparam para muitas operações ou silencie-as.",
  },
];

/** Whether something is lost on its way out. */
const LOSSES: readonly RuleOfItself[] = [
  {
    name: "history-lost",
    expr: "increase(tachograph_history_dropped_stretches_total[1h]) > 0",
    forMs: 0,
    severity: "HIGH",
    summary: "{{ $value | humanize }} stretches of history were dropped within an hour",
    action: "D1 has not taken history for long: look at its status, and at d1 in GET /health/deep.",
    acao: "O D1 não aceita histórico há muito tempo: veja o estado dele e d1 em GET /health/deep.",
  },
  {
    name: "archive-lost",
    expr: "increase(tachograph_archive_lost_records_total[1h]) > 0",
    forMs: 0,
    severity: "MEDIUM",
    summary: "Records of ended alerts or of the audit trail were lost within an hour",
    action: "D1 has not taken them for long: look at its status, and at d1 in GET /health/deep.",
    acao: "O D1 não os aceita há muito tempo: veja o estado dele e d1 em GET /health/deep.",
  },
  {
    name: "otlp-lost",
    expr:
      "sum without (reason) (increase(tachograph_otlp_export_dropped_pushes_total[1h])) > 0\n" +
      "or\nincrease(tachograph_otlp_export_rejected_points_total[1h]) > 0",
    forMs: 0,
    severity: "MEDIUM",
    summary: "What the OTLP collector did not take was lost within an hour",
    action: "Read otlpExport.lastError in GET /health/deep, and the collector's log.",
    acao: "Leia otlpExport.lastError em GET /health/deep e o log do coletor.",
  },
];

/** Whether what all the others are made of can be relied upon, and whether anybody hears of it. */
export const RULES_OF_ITSELF: readonly RuleOfItself[] = [...NUMBERS, ...MESSAGES, ...LOSSES];
