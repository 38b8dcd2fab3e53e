import type { Language } from "../../src/alerts/rule.ts";
import type { AlertNotice } from "../../src/notify/notice.ts";
import { SINCE } from "./alert-notices.ts";

/** What is said of one alert in one language. */
interface GoldenText {
  readonly title: string;
  readonly where: string;
  readonly condition: string;
  readonly value: string;
  readonly firing: string;
  readonly repeat: string;
  readonly resolved: string;
}

export interface Golden {
  /** How it differs from `noticeExample`. */
  readonly notice: Partial<AlertNotice>;
  readonly texts: Readonly<Record<Language, GoldenText>>;
}

/** What the events of {@link GOLDEN_TEXTS} have that the others lack. */
export const GOLDEN_EVENTS = {
  firing: { event: "firing" },
  repeat: { event: "repeat", repeats: 3 },
  resolved: { event: "resolved", resolvedAt: SINCE + 65 * 60_000, resolvedReason: "recovered" },
} as const satisfies Record<string, Partial<AlertNotice>>;

/** The texts of every metric and event, as somebody who is on call reads them, 12 minutes after `SINCE`. */
export const GOLDEN_TEXTS: readonly Golden[] = [
  {
    notice: {
      metric: "latency",
      rule: "platform-latency",
      severity: "HIGH",
      percentile: 95,
      unit: "Ms",
      threshold: 1000,
      value: 1234.5,
    },
    texts: {
      en: {
        title: "HIGH · platform-latency · meta",
        where: "meta, all operations",
        condition: "latency p95 ≥ 1,000 ms",
        value: "1,235 ms",
        firing:
          "HIGH: platform-latency on meta, all operations: latency p95 ≥ 1,000 ms, measured 1,235 ms, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, HIGH: platform-latency on meta, all operations: latency p95 ≥ 1,000 ms, measured 1,235 ms, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: platform-latency on meta, all operations: latency p95 ≥ 1,000 ms, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "ALTO · platform-latency · meta",
        where: "meta, todas as operações",
        condition: "latência p95 ≥ 1.000 ms",
        value: "1.235 ms",
        firing:
          "ALTO: platform-latency em meta, todas as operações: latência p95 ≥ 1.000 ms, valor medido 1.235 ms, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, ALTO: platform-latency em meta, todas as operações: latência p95 ≥ 1.000 ms, valor medido 1.235 ms, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: platform-latency em meta, todas as operações: latência p95 ≥ 1.000 ms, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
  {
    notice: {
      metric: "meanLatency",
      rule: "d1-slow",
      target: "d1",
      operation: "query",
      unit: "Ms",
      threshold: 1000,
      value: 1999.96,
    },
    texts: {
      en: {
        title: "CRITICAL · d1-slow · d1",
        where: "d1, operation query",
        condition: "mean latency ≥ 1,000 ms",
        value: "2,000 ms",
        firing:
          "CRITICAL: d1-slow on d1, operation query: mean latency ≥ 1,000 ms, measured 2,000 ms, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, CRITICAL: d1-slow on d1, operation query: mean latency ≥ 1,000 ms, measured 2,000 ms, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: d1-slow on d1, operation query: mean latency ≥ 1,000 ms, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "CRÍTICO · d1-slow · d1",
        where: "d1, operação query",
        condition: "latência média ≥ 1.000 ms",
        value: "2.000 ms",
        firing:
          "CRÍTICO: d1-slow em d1, operação query: latência média ≥ 1.000 ms, valor medido 2.000 ms, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, CRÍTICO: d1-slow em d1, operação query: latência média ≥ 1.000 ms, valor medido 2.000 ms, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: d1-slow em d1, operação query: latência média ≥ 1.000 ms, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
  {
    notice: { metric: "errorRate" },
    texts: {
      en: {
        title: "CRITICAL · error-rate-critical · meta",
        where: "meta, all operations",
        condition: "error rate ≥ 10 %",
        value: "23.4 %",
        firing:
          "CRITICAL: error-rate-critical on meta, all operations: error rate ≥ 10 %, measured 23.4 %, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, CRITICAL: error-rate-critical on meta, all operations: error rate ≥ 10 %, measured 23.4 %, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: error-rate-critical on meta, all operations: error rate ≥ 10 %, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "CRÍTICO · error-rate-critical · meta",
        where: "meta, todas as operações",
        condition: "taxa de erros ≥ 10 %",
        value: "23,4 %",
        firing:
          "CRÍTICO: error-rate-critical em meta, todas as operações: taxa de erros ≥ 10 %, valor medido 23,4 %, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, CRÍTICO: error-rate-critical em meta, todas as operações: taxa de erros ≥ 10 %, valor medido 23,4 %, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: error-rate-critical em meta, todas as operações: taxa de erros ≥ 10 %, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
  {
    notice: {
      metric: "rateLimitedRate",
      rule: "rate-limited",
      severity: "HIGH",
      threshold: 0.2,
      value: 0.874,
    },
    texts: {
      en: {
        title: "HIGH · rate-limited · meta",
        where: "meta, all operations",
        condition: "calls refused by a rate limit ≥ 20 %",
        value: "87.4 %",
        firing:
          "HIGH: rate-limited on meta, all operations: calls refused by a rate limit ≥ 20 %, measured 87.4 %, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, HIGH: rate-limited on meta, all operations: calls refused by a rate limit ≥ 20 %, measured 87.4 %, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: rate-limited on meta, all operations: calls refused by a rate limit ≥ 20 %, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "ALTO · rate-limited · meta",
        where: "meta, todas as operações",
        condition: "chamadas recusadas por limite de taxa ≥ 20 %",
        value: "87,4 %",
        firing:
          "ALTO: rate-limited em meta, todas as operações: chamadas recusadas por limite de taxa ≥ 20 %, valor medido 87,4 %, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, ALTO: rate-limited em meta, todas as operações: chamadas recusadas por limite de taxa ≥ 20 %, valor medido 87,4 %, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: rate-limited em meta, todas as operações: chamadas recusadas por limite de taxa ≥ 20 %, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
  {
    notice: {
      metric: "consecutiveErrors",
      rule: "consecutive-errors",
      severity: "HIGH",
      unit: "Count",
      threshold: 5,
      value: 7,
    },
    texts: {
      en: {
        title: "HIGH · consecutive-errors · meta",
        where: "meta, all operations",
        condition: "5 errors in a row",
        value: "7 errors",
        firing:
          "HIGH: consecutive-errors on meta, all operations: 5 errors in a row, measured 7 errors, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, HIGH: consecutive-errors on meta, all operations: 5 errors in a row, measured 7 errors, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: consecutive-errors on meta, all operations: 5 errors in a row, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "ALTO · consecutive-errors · meta",
        where: "meta, todas as operações",
        condition: "5 erros seguidos",
        value: "7 erros",
        firing:
          "ALTO: consecutive-errors em meta, todas as operações: 5 erros seguidos, valor medido 7 erros, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, ALTO: consecutive-errors em meta, todas as operações: 5 erros seguidos, valor medido 7 erros, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: consecutive-errors em meta, todas as operações: 5 erros seguidos, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
  {
    notice: {
      metric: "throughput",
      rule: "throughput-surge",
      unit: "Ratio",
      comparison: ">",
      threshold: 2,
      value: 3.1,
    },
    texts: {
      en: {
        title: "CRITICAL · throughput-surge · meta",
        where: "meta, all operations",
        condition: "throughput > 2 × the mean of 24 h",
        value: "3.1 ×",
        firing:
          "CRITICAL: throughput-surge on meta, all operations: throughput > 2 × the mean of 24 h, measured 3.1 ×, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, CRITICAL: throughput-surge on meta, all operations: throughput > 2 × the mean of 24 h, measured 3.1 ×, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: throughput-surge on meta, all operations: throughput > 2 × the mean of 24 h, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "CRÍTICO · throughput-surge · meta",
        where: "meta, todas as operações",
        condition: "volume > 2 × a média de 24 h",
        value: "3,1 ×",
        firing:
          "CRÍTICO: throughput-surge em meta, todas as operações: volume > 2 × a média de 24 h, valor medido 3,1 ×, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, CRÍTICO: throughput-surge em meta, todas as operações: volume > 2 × a média de 24 h, valor medido 3,1 ×, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: throughput-surge em meta, todas as operações: volume > 2 × a média de 24 h, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
  {
    notice: {
      metric: "hitRate",
      rule: "cache-critical",
      target: "cache",
      unit: "Rate",
      comparison: "<",
      threshold: 0.5,
      value: 0.4997,
    },
    texts: {
      en: {
        title: "CRITICAL · cache-critical · cache",
        where: "cache, all operations",
        condition: "hit rate < 50 %",
        value: "49.97 %",
        firing:
          "CRITICAL: cache-critical on cache, all operations: hit rate < 50 %, measured 49.97 %, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, CRITICAL: cache-critical on cache, all operations: hit rate < 50 %, measured 49.97 %, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: cache-critical on cache, all operations: hit rate < 50 %, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "CRÍTICO · cache-critical · cache",
        where: "cache, todas as operações",
        condition: "taxa de acertos do cache < 50 %",
        value: "49,97 %",
        firing:
          "CRÍTICO: cache-critical em cache, todas as operações: taxa de acertos do cache < 50 %, valor medido 49,97 %, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, CRÍTICO: cache-critical em cache, todas as operações: taxa de acertos do cache < 50 %, valor medido 49,97 %, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: cache-critical em cache, todas as operações: taxa de acertos do cache < 50 %, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
  {
    notice: {
      metric: "denialRate",
      rule: "limit-exhausted",
      severity: "MEDIUM",
      unit: "Rate",
      comparison: ">",
      threshold: 0.2,
      value: 0.25,
    },
    texts: {
      en: {
        title: "MEDIUM · limit-exhausted · meta",
        where: "meta, all operations",
        condition: "denied permits > 20 %",
        value: "25 %",
        firing:
          "MEDIUM: limit-exhausted on meta, all operations: denied permits > 20 %, measured 25 %, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, MEDIUM: limit-exhausted on meta, all operations: denied permits > 20 %, measured 25 %, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: limit-exhausted on meta, all operations: denied permits > 20 %, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "MÉDIO · limit-exhausted · meta",
        where: "meta, todas as operações",
        condition: "permissões negadas > 20 %",
        value: "25 %",
        firing:
          "MÉDIO: limit-exhausted em meta, todas as operações: permissões negadas > 20 %, valor medido 25 %, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, MÉDIO: limit-exhausted em meta, todas as operações: permissões negadas > 20 %, valor medido 25 %, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: limit-exhausted em meta, todas as operações: permissões negadas > 20 %, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
  {
    notice: {
      metric: "noData",
      rule: "no-data",
      severity: "HIGH",
      target: "worker",
      unit: "Ms",
      threshold: 600000,
      value: 734000,
    },
    texts: {
      en: {
        title: "HIGH · no-data · worker",
        where: "worker, all operations",
        condition: "no timing for 10 min",
        value: "12 min",
        firing:
          "HIGH: no-data on worker, all operations: no timing for 10 min, measured 12 min, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, HIGH: no-data on worker, all operations: no timing for 10 min, measured 12 min, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: no-data on worker, all operations: no timing for 10 min, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "ALTO · no-data · worker",
        where: "worker, todas as operações",
        condition: "nenhuma medição há 10 min",
        value: "12 min",
        firing:
          "ALTO: no-data em worker, todas as operações: nenhuma medição há 10 min, valor medido 12 min, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, ALTO: no-data em worker, todas as operações: nenhuma medição há 10 min, valor medido 12 min, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: no-data em worker, todas as operações: nenhuma medição há 10 min, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
  {
    notice: {
      metric: "budgetBurn",
      rule: "budget-burn",
      unit: "Ratio",
      threshold: 14.4,
      value: 16.25,
    },
    texts: {
      en: {
        title: "CRITICAL · budget-burn · meta",
        where: "meta, all operations",
        condition: "error budget burning ≥ 14.4 × the allowed rate",
        value: "16.25 ×",
        firing:
          "CRITICAL: budget-burn on meta, all operations: error budget burning ≥ 14.4 × the allowed rate, measured 16.25 ×, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, CRITICAL: budget-burn on meta, all operations: error budget burning ≥ 14.4 × the allowed rate, measured 16.25 ×, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: budget-burn on meta, all operations: error budget burning ≥ 14.4 × the allowed rate, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "CRÍTICO · budget-burn · meta",
        where: "meta, todas as operações",
        condition: "consumo do orçamento de erros ≥ 14,4 × o permitido",
        value: "16,25 ×",
        firing:
          "CRÍTICO: budget-burn em meta, todas as operações: consumo do orçamento de erros ≥ 14,4 × o permitido, valor medido 16,25 ×, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, CRÍTICO: budget-burn em meta, todas as operações: consumo do orçamento de erros ≥ 14,4 × o permitido, valor medido 16,25 ×, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: budget-burn em meta, todas as operações: consumo do orçamento de erros ≥ 14,4 × o permitido, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
  {
    notice: {
      metric: "system",
      rule: "coordinator-stalled",
      target: "tachograph",
      severity: "LOW",
      unit: "Count",
      threshold: 0,
      value: null,
      detail: {
        en: "The coordinator has not ticked for 3 min.",
        "pt-BR": "O coordenador está parado há 3 min.",
      },
    },
    texts: {
      en: {
        title: "LOW · coordinator-stalled · tachograph",
        where: "tachograph",
        condition: "The coordinator has not ticked for 3 min",
        value: "–",
        firing:
          "LOW: coordinator-stalled on tachograph: The coordinator has not ticked for 3 min, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        repeat:
          "Reminder 3, LOW: coordinator-stalled on tachograph: The coordinator has not ticked for 3 min, since 2026-11-21 09:14 (UTC-3), for 12 min.",
        resolved:
          "Resolved: coordinator-stalled on tachograph: The coordinator has not ticked for 3 min, since 2026-11-21 09:14 (UTC-3). It lasted 1 h 5 min, until it recovered.",
      },
      "pt-BR": {
        title: "BAIXO · coordinator-stalled · tachograph",
        where: "tachograph",
        condition: "O coordenador está parado há 3 min",
        value: "–",
        firing:
          "BAIXO: coordinator-stalled em tachograph: O coordenador está parado há 3 min, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        repeat:
          "Lembrete 3, BAIXO: coordinator-stalled em tachograph: O coordenador está parado há 3 min, desde 21/11/2026 09:14 (UTC-3), há 12 min.",
        resolved:
          "Resolvido: coordinator-stalled em tachograph: O coordenador está parado há 3 min, desde 21/11/2026 09:14 (UTC-3). Durou 1 h 5 min, até voltar ao normal.",
      },
    },
  },
];
