import { MEASURE_NAMES } from "../../measure-names.ts";
import type { ConditionParts, Phrases } from "./phrases.ts";

const compared =
  (what: string) =>
  ({ sign, threshold }: ConditionParts): string =>
    `${what} ${sign} ${threshold}`;

const SEVERITIES = {
  CRITICAL: "CRÍTICO",
  HIGH: "ALTO",
  MEDIUM: "MÉDIO",
  LOW: "BAIXO",
} as const;

/** Portuguese as it is written in Brazil. */
export const PT_BR: Phrases = {
  labels: {
    where: "Onde",
    condition: "Condição",
    value: "Valor medido",
    since: "Desde",
    duration: "Duração",
    action: "O que fazer",
    acknowledged: "Assumido por",
    link: "Detalhes",
  },
  severities: SEVERITIES,
  severityCount: (severity, count) => `${count} ${SEVERITIES[severity]}${count === 1 ? "" : "S"}`,
  resolved: "Resolvido",
  reminder: (repeats) => `lembrete ${repeats}`,
  wholeTarget: (target) => `${target}, todas as operações`,
  operation: (target, operation) => `${target}, operação ${operation}`,
  conditions: {
    latency: ({ sign, threshold, percentile }) => `latência p${percentile} ${sign} ${threshold}`,
    meanLatency: compared("latência média"),
    errorRate: compared("taxa de erros"),
    rateLimitedRate: compared("chamadas recusadas por limite de taxa"),
    consecutiveErrors: ({ sign, threshold, count }) =>
      sign === "≥"
        ? `${errors(threshold, count)} ${count === 1 ? "seguido" : "seguidos"}`
        : `erros seguidos ${sign} ${threshold}`,
    throughput: ({ sign, threshold }) => `volume ${sign} ${threshold} a média de 24 h`,
    hitRate: compared("taxa de acertos do cache"),
    denialRate: compared("permissões negadas"),
    noData: ({ sign, threshold }) =>
      sign === "≥" || sign === ">"
        ? `nenhuma medição há ${threshold}`
        : `tempo desde a última medição ${sign} ${threshold}`,
    budgetBurn: ({ sign, threshold }) =>
      `consumo do orçamento de erros ${sign} ${threshold} o permitido`,
    meanMeasure: ({ measure, sign, threshold }) => `média de ${measure} ${sign} ${threshold}`,
    lastMeasure: ({ measure, sign, threshold }) => `${measure} ${sign} ${threshold}`,
  },
  measures: MEASURE_NAMES["pt-BR"],
  probeFails: "a sonda falha",
  errors,
  lasted: {
    recovered: (duration) => `${duration}, até voltar ao normal`,
    no_data: (duration) => `${duration}, até não haver mais dados`,
    rule_removed: (duration) => `${duration}, até a regra ser removida`,
    rule_changed: (duration) => `${duration}, até a regra ser alterada`,
  },
  firingSummary: ({ severity, rule, where, condition, value, since, duration, repeats }) =>
    `${repeats > 0 ? `Lembrete ${repeats}, ` : ""}${severity}: ${rule} em ${where}: ${condition}` +
    `${value === "" ? "" : `, valor medido ${value}`}, desde ${since}, há ${duration}.`,
  resolvedSummary: ({ rule, where, condition, since, duration }) =>
    `Resolvido: ${rule} em ${where}: ${condition}, desde ${since}. Durou ${duration}.`,
  group: (count, firing, severities, resolved) =>
    `${count} ${count === 1 ? "alerta" : "alertas"}: ${[
      ...(firing > 0 ? [`${firing} ${firing === 1 ? "ativo" : "ativos"} (${severities})`] : []),
      ...(resolved > 0 ? [`${resolved} ${resolved === 1 ? "resolvido" : "resolvidos"}`] : []),
    ].join(", ")}`,
  more: (count) => `e mais ${count}`,
  testTitle: "Mensagem de teste",
  testText: (tenant) =>
    `Este é um teste deste canal, pedido pelo tenant ${tenant} do Tachograph. Não há nenhum problema.`,
  footer: (tenant) => `Enviado pelo Tachograph para o tenant ${tenant}.`,
};

function errors(formatted: string, count: number): string {
  return `${formatted} ${count === 1 ? "erro" : "erros"}`;
}
