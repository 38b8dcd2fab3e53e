import type { Language } from "./alerts/rule.ts";
import type { MeasureName } from "./measures.ts";

/** What each measure is called, in messages and on the page. */
export const MEASURE_NAMES: Readonly<Record<Language, Readonly<Record<MeasureName, string>>>> = {
  en: {
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
  "pt-BR": {
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
};
