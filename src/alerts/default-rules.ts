import { HOUR_MS, MINUTE_MS } from "../merge/slot-time.ts";
import { parseRule } from "./rule-schema.ts";
import type { RuleInput } from "./rule-input.ts";
import type { Rule } from "./rule.ts";

/** A value that wavers about its threshold keeps its alert for so long: one incident, not many. */
const KEEP_MS = MINUTE_MS;

/** What to do about calls that fail is the same however it is noticed that they do. */
const FAILING_CALLS = {
  en: "Check the platform's access token first, then read what its API answers.",
  "pt-BR": "Verifique primeiro o token de acesso da plataforma e depois leia as respostas da API.",
};

const LATENCY: readonly RuleInput[] = [
  {
    name: "worker-latency-critical",
    metric: "latency",
    kind: "worker",
    percentile: 95,
    window: "5m",
    comparison: ">=",
    thresholdMs: 1000,
    recoveryThresholdMs: 900,
    forMs: 5 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 20,
    severity: "CRITICAL",
    inhibits: ["worker-latency-degraded"],
    action: {
      en: "Investigate now: read the Worker's logs for the slow requests.",
      "pt-BR": "Investigue agora: procure as requisições lentas nos logs do Worker.",
    },
  },
  {
    name: "worker-latency-degraded",
    metric: "latency",
    kind: "worker",
    percentile: 95,
    window: "5m",
    comparison: ">=",
    thresholdMs: 500,
    recoveryThresholdMs: 450,
    forMs: 10 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 20,
    severity: "HIGH",
    action: {
      en: "Find the bottleneck: compare the Worker's operations, D1 and the platforms.",
      "pt-BR": "Encontre o gargalo: compare as operações do Worker, o D1 e as plataformas.",
    },
  },
  {
    name: "platform-latency",
    metric: "latency",
    kind: "platform",
    percentile: 95,
    window: "5m",
    comparison: ">=",
    thresholdMs: 2000,
    recoveryThresholdMs: 1800,
    forMs: 5 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 20,
    severity: "HIGH",
    action: {
      en: "Check the platform's status page.",
      "pt-BR": "Verifique a página de status da plataforma.",
    },
  },
];

/**
 * While calls fail at 10 % at this moment, the other three say nothing new: the rate is above 5 %
 * as well, errors in a row are what such a rate is made of, and the budget burns because of it. A
 * budget that burns at 14.4 times its pace has 7.2 % of errors in its short window, which is above
 * 5 % as well. Errors in a row imply no rate: they come first, and alone where there are few calls.
 */
const ERRORS: readonly RuleInput[] = [
  {
    name: "error-rate-critical",
    metric: "errorRate",
    kind: "platform",
    window: "5m",
    comparison: ">=",
    thresholdRate: 0.1,
    recoveryThresholdRate: 0.09,
    forMs: 5 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 20,
    severity: "CRITICAL",
    inhibits: ["error-rate-high", "consecutive-errors", "budget-burn", "budget-burn-slow"],
    action: FAILING_CALLS,
  },
  {
    name: "error-rate-high",
    metric: "errorRate",
    kind: "platform",
    window: "5m",
    comparison: ">=",
    thresholdRate: 0.05,
    recoveryThresholdRate: 0.045,
    forMs: 10 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 20,
    severity: "HIGH",
    action: {
      en: "Check the secret for this platform; if it refuses for being called too often, lower the limit.",
      "pt-BR":
        "Verifique o segredo desta plataforma; se ela recusa por excesso de chamadas, reduza o limite.",
    },
  },
  {
    // Ends with the first call that succeeds.
    name: "consecutive-errors",
    metric: "consecutiveErrors",
    kind: "platform",
    comparison: ">=",
    thresholdCount: 5,
    recoveryThresholdCount: 1,
    forMs: 0,
    severity: "HIGH",
    action: {
      en: "Check the platform's access token: its last calls have all failed.",
      "pt-BR": "Verifique o token de acesso da plataforma: as últimas chamadas falharam todas.",
    },
  },
];

/** Of every target: whichever gets too much or too little is where to look. */
const TRAFFIC: readonly RuleInput[] = [
  {
    name: "throughput-surge",
    metric: "throughput",
    window: "5m",
    comparison: ">",
    thresholdRatio: 2,
    recoveryThresholdRatio: 1.8,
    forMs: 5 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 100,
    severity: "CRITICAL",
    action: {
      en: "Look for abuse and find where the events come from.",
      "pt-BR": "Procure abuso e descubra de onde vêm os eventos.",
    },
  },
  {
    name: "throughput-drop",
    metric: "throughput",
    window: "5m",
    comparison: "<",
    thresholdRatio: 0.5,
    recoveryThresholdRatio: 0.55,
    forMs: 15 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 100,
    severity: "HIGH",
    action: {
      en: "Look for a failing Worker: read its logs and its latest deployments.",
      "pt-BR": "Procure um Worker com falhas: veja os logs e as últimas publicações.",
    },
  },
  {
    // A minute of silence begins it, ten more let it fire; the first timing ends it. A target that
    // had timings in fewer than 20 minutes of the hour before is one that is called now and then.
    name: "no-data",
    metric: "noData",
    lookbackMs: HOUR_MS,
    minCount: 20,
    comparison: ">=",
    thresholdMs: MINUTE_MS,
    forMs: 10 * MINUTE_MS,
    severity: "HIGH",
    inhibits: ["throughput-drop"],
    action: {
      en: "Check that the Worker is deployed and that its routes lead to it.",
      "pt-BR": "Verifique se o Worker está publicado e se as rotas levam a ele.",
    },
  },
];

/**
 * The two do not inhibit each other, since an inhibition of one query holds for that query alone,
 * and a database whose statements wait says nothing of how long any of them takes.
 */
const D1: readonly RuleInput[] = [
  {
    name: "d1-slow",
    metric: "meanLatency",
    kind: "d1",
    operations: "each",
    window: "5m",
    comparison: ">",
    thresholdMs: 1000,
    recoveryThresholdMs: 900,
    forMs: 10 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 5,
    severity: "CRITICAL",
    action: {
      en: "Add an index for this query, or rewrite it.",
      "pt-BR": "Crie um índice para esta consulta ou reescreva-a.",
    },
  },
  {
    // Of the database as a whole: whoever waits, waits for the same one statement at a time.
    name: "d1-wait",
    metric: "meanMeasure",
    measure: "waitMs",
    kind: "d1",
    window: "5m",
    comparison: ">",
    thresholdValue: 200,
    recoveryThresholdValue: 180,
    forMs: 10 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 5,
    severity: "HIGH",
    action: {
      en: "Find long transactions and large batches, and split them.",
      "pt-BR": "Encontre transações longas e lotes grandes e divida-os.",
    },
  },
];

/**
 * Of the handler's time for a message alone: how long messages lie in the queue is what their sender
 * chose.
 */
const QUEUES: readonly RuleInput[] = [
  {
    name: "queue-slow",
    metric: "latency",
    kind: "queue",
    operations: ["process"],
    percentile: 95,
    window: "5m",
    comparison: ">=",
    thresholdMs: 2000,
    recoveryThresholdMs: 1800,
    forMs: 10 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 5,
    severity: "HIGH",
    action: {
      en: "Find what the consumer waits for: compare it with D1 and the platforms.",
      "pt-BR": "Descubra o que o consumidor espera: compare-o com o D1 e as plataformas.",
    },
  },
];

const CACHE: readonly RuleInput[] = [
  {
    name: "cache-critical",
    metric: "hitRate",
    kind: "cache",
    window: "5m",
    comparison: "<",
    thresholdRate: 0.5,
    recoveryThresholdRate: 0.55,
    forMs: 10 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 100,
    severity: "CRITICAL",
    inhibits: ["cache-low"],
    action: {
      en: "Check the cache's keys and how long its entries live (TTL).",
      "pt-BR": "Verifique as chaves do cache e o tempo de vida (TTL) das entradas.",
    },
  },
  {
    name: "cache-low",
    metric: "hitRate",
    kind: "cache",
    window: "5m",
    comparison: "<",
    thresholdRate: 0.7,
    recoveryThresholdRate: 0.75,
    forMs: 15 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 100,
    severity: "MEDIUM",
    action: {
      en: "Review the cache's keys and adjust how long its entries live (TTL).",
      "pt-BR": "Revise as chaves do cache e ajuste o tempo de vida (TTL) das entradas.",
    },
  },
];

/**
 * The newest run of each probe counts, for an hour: as long as the longest time between two runs. So
 * nothing ends or begins between them, and the first run that is well ends it.
 */
const PROBES: readonly RuleInput[] = [
  {
    name: "probe-failing",
    metric: "lastMeasure",
    measure: "failing",
    kind: "probe",
    operations: "each",
    window: "1h",
    comparison: ">=",
    thresholdValue: 1,
    forMs: 0,
    minCount: 1,
    severity: "HIGH",
    action: {
      en: "Look at what the probe counts: run its query or its request by hand, then mend what it finds.",
      "pt-BR":
        "Veja o que a sonda conta: execute a consulta ou a requisição dela e corrija o que ela encontrar.",
    },
  },
];

/**
 * A refusal is no error, so that no other rule sees a platform that refuses everything. It closes the
 * bucket as well: what is denied at that target meanwhile is denied because of it.
 */
const LIMITS: readonly RuleInput[] = [
  {
    name: "rate-limited",
    metric: "rateLimitedRate",
    kind: "platform",
    window: "5m",
    comparison: ">=",
    thresholdRate: 0.2,
    recoveryThresholdRate: 0.15,
    forMs: 5 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 20,
    severity: "HIGH",
    inhibits: ["limit-exhausted"],
    action: {
      en: "Lower this platform's limit (tachograph.config.ts, or PUT /v1/limits) and check who else uses its quota: docs/limits.md.",
      "pt-BR":
        "Reduza o limite desta plataforma (tachograph.config.ts ou PUT /v1/limits) e verifique quem mais usa a cota dela: docs/limits.md.",
    },
  },
  {
    // Where nobody asks, nobody is denied: no data is good news.
    name: "limit-exhausted",
    metric: "denialRate",
    windowMs: 5 * MINUTE_MS,
    comparison: ">",
    thresholdRate: 0.2,
    recoveryThresholdRate: 0.18,
    forMs: 5 * MINUTE_MS,
    keepFiringForMs: KEEP_MS,
    minCount: 20,
    noData: "ok",
    severity: "MEDIUM",
    action: {
      en: "Ask the platform for a higher quota, or defer more of the calls.",
      "pt-BR": "Peça uma cota maior à plataforma ou adie mais chamadas.",
    },
  },
];

/**
 * Google SRE Workbook, chapter 5, table 5-8: 2 % of a month's budget in 1 h, and 5 % in 6 h. The
 * least volume is the long window's, and there must be at least ten failures in it.
 */
const BUDGET: readonly RuleInput[] = [
  {
    name: "budget-burn",
    metric: "budgetBurn",
    kind: "platform",
    objective: 0.995,
    longWindowMs: HOUR_MS,
    shortWindowMs: 5 * MINUTE_MS,
    comparison: ">=",
    thresholdRatio: 14.4,
    recoveryThresholdRatio: 13,
    forMs: 0,
    keepFiringForMs: KEEP_MS,
    minCount: 100,
    severity: "CRITICAL",
    inhibits: ["budget-burn-slow", "error-rate-high"],
    action: FAILING_CALLS,
  },
  {
    name: "budget-burn-slow",
    metric: "budgetBurn",
    kind: "platform",
    objective: 0.995,
    longWindowMs: 6 * HOUR_MS,
    shortWindowMs: 30 * MINUTE_MS,
    comparison: ">=",
    thresholdRatio: 6,
    recoveryThresholdRatio: 5.4,
    forMs: 0,
    keepFiringForMs: KEEP_MS,
    minCount: 100,
    severity: "HIGH",
    action: FAILING_CALLS,
  },
];

/**
 * The rules that hold unless the configuration says otherwise. Thresholds are held against the last
 * 5 minutes where nothing else is said; recovery thresholds lie about a tenth on the good side, so
 * that a value at the threshold does not begin one incident after another.
 */
export const DEFAULT_RULES: readonly Rule[] = [
  ...LATENCY,
  ...ERRORS,
  ...TRAFFIC,
  ...D1,
  ...QUEUES,
  ...CACHE,
  ...PROBES,
  ...LIMITS,
  ...BUDGET,
].map(checkedRule);

function checkedRule(input: RuleInput): Rule {
  const parsed = parseRule(input);
  if (parsed.ok) return parsed.rule;
  const faults = parsed.faults.map(({ path, reason }) => `${path}: ${reason}`).join("; ");
  throw new Error(`The default rule ${String(input.name)} is at fault: ${faults}`);
}
