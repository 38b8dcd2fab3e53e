import type { MetricName } from "../../../../src/alerts/rule.ts";
import { messages } from "../../i18n/language.ts";

/** What each metric is called. */
export const METRIC_NAMES = messages<Readonly<Record<MetricName, string>>>(
  {
    latency: "latency",
    meanLatency: "mean latency",
    errorRate: "error rate",
    rateLimitedRate: "calls refused by a rate limit",
    consecutiveErrors: "errors in a row",
    throughput: "throughput against the mean of 24 h",
    hitRate: "hit rate",
    denialRate: "denied permits",
    noData: "time since the last timing",
    budgetBurn: "error budget burn",
    meanMeasure: "mean measure",
    lastMeasure: "measure",
  },
  {
    latency: "latência",
    meanLatency: "latência média",
    errorRate: "taxa de erros",
    rateLimitedRate: "chamadas recusadas por limite de taxa",
    consecutiveErrors: "erros seguidos",
    throughput: "vazão em relação à média de 24 h",
    hitRate: "taxa de acertos",
    denialRate: "permissões negadas",
    noData: "tempo desde a última medição",
    budgetBurn: "consumo do orçamento de erros",
    meanMeasure: "média da medida",
    lastMeasure: "medida",
  },
);
