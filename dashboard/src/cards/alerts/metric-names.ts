import type { MetricName } from "../../../../src/alerts/rule.ts";
import type { MeasureName } from "../../../../src/measures.ts";
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

/** What each measure is called; a rule of a measure is about that, and not about its metric. */
export const MEASURE_NAMES = messages<Readonly<Record<MeasureName, string>>>(
  {
    rowsRead: "rows read",
    rowsWritten: "rows written",
    sqlMs: "time in the database",
    waitMs: "wait",
    slow: "slow calls",
    retries: "retries",
    sizeBytes: "size",
    keys: "number of keys",
    value: "value",
    failing: "failing probe",
  },
  {
    rowsRead: "linhas lidas",
    rowsWritten: "linhas gravadas",
    sqlMs: "tempo no banco de dados",
    waitMs: "espera",
    slow: "chamadas lentas",
    retries: "novas tentativas",
    sizeBytes: "tamanho",
    keys: "número de chaves",
    value: "valor",
    failing: "sonda com falha",
  },
);
