import type { ReportWords } from "./report-words.ts";

/** Portuguese as it is written in Brazil. */
export const PT_BR: ReportWords = {
  grades: {
    EXCELLENT: "EXCELENTE",
    GOOD: "BOM",
    ACCEPTABLE: "ACEITÁVEL",
    DEGRADED: "DEGRADADO",
    POOR: "RUIM",
    CRITICAL: "CRÍTICO",
    SURGE: "PICO",
    INCREASING: "EM ALTA",
    STABLE: "ESTÁVEL",
    DECREASING: "EM QUEDA",
    UNKNOWN: "DESCONHECIDO",
    HEALTHY: "SAUDÁVEL",
    WARNING: "ATENÇÃO",
  },
  kinds: {
    platform: "plataforma",
    worker: "Worker",
    d1: "D1",
    cache: "cache",
    queue: "fila",
    probe: "sonda",
  },
  title: (period, days) => `Relatório ${period === "daily" ? "diário" : "semanal"}, ${days}`,
  days: (first, last, week) => `${week} (${first} a ${last})`,
  subject: (title, tenant, status, score) => `${title} · ${tenant} · ${status}${score}`,
  noData: "sem dados",
  soFar: "O período ainda não terminou: estes são os números até agora.",
  status: (status) => `Situação: ${status}`,
  score: (score) => `, nota ${score} de 10`,
  coverage: (withData, hours) =>
    withData === null
      ? "Os dados deste período já não estão guardados por hora."
      : `Há dados em ${withData} de ${hours} ${hours === 1 ? "hora" : "horas"}.`,
  covers: (from, to) => `O que está guardado vai de ${from} a ${to}.`,
  times: (timeZone) => `Horários de ${timeZone}.`,
  leftOut: (targets, operations) =>
    `Fora deste relatório, por serem muitos: ${[
      ...(targets > 0 ? [`${targets} ${targets === 1 ? "alvo" : "alvos"}`] : []),
      ...(operations > 0 ? [`${operations} ${operations === 1 ? "operação" : "operações"}`] : []),
    ].join(" e ")}.`,
  wholeTarget: "total",
  was: (value) => `antes ${value}`,
  more: (count) => `e mais ${count}`,
  targets: {
    heading: "Alvos",
    target: "Alvo",
    kind: "Tipo",
    calls: "Chamadas",
    perMinute: "Por minuto",
    trend: "Tendência",
    latency: "Latência p95",
    errors: "Taxa de erros",
  },
  against: (period) =>
    period === "daily"
      ? "As tendências e os valores anteriores são em relação ao dia anterior."
      : "As tendências e os valores anteriores são em relação à semana anterior.",
  d1: {
    heading: "D1",
    operation: "Operação",
    calls: "Execuções",
    mean: "Média",
    max: "Máximo",
    none: "Sem dados sobre o D1.",
    noWaits: "As esperas não foram medidas e não entram nesta avaliação.",
    noSize: "O tamanho do banco não foi medido e não entra nesta avaliação.",
  },
  slowest: (shown, all) => `As mais lentas pela média, ${shown} de ${all}.`,
  meanWait: (duration) => `Espera média: ${duration}.`,
  size: (bytes) => `Tamanho de todos os bancos: ${bytes}.`,
  cache: {
    heading: "Cache",
    cache: "Cache",
    hits: "Acertos",
    misses: "Falhas",
    hitRate: "Taxa de acertos",
    none: "Sem dados sobre caches.",
    notCounted: "total, fora da avaliação",
  },
  lookups: (count, hitRate) => `Consultas na avaliação: ${count}, taxa de acertos ${hitRate}.`,
  alerts: {
    heading: "Alertas",
    rule: "Regra",
    severity: "Severidade",
    fired: "Disparos",
    open: "Ainda ativos",
    longest: "Mais longo",
    none: "Nenhum alerta disparou.",
  },
  alertCounts: (fired, open, isOver) =>
    `${fired} ${fired === 1 ? "alerta disparou" : "alertas dispararam"}, ${open} ${
      isOver ? "ainda" : "agora"
    } ${open === 1 ? "ativo" : "ativos"}${isOver ? " no fim" : ""}.`,
  longest: (rule, where, duration, isOpen) => [
    "O mais longo: ",
    rule,
    " em ",
    where,
    `, ${duration}${isOpen ? ", ainda ativo" : ""}.`,
  ],
  alertsLeftOut: (count) =>
    count === 1
      ? "1 alerta guardado não pôde ser lido ou contado."
      : `${count} alertas guardados não puderam ser lidos ou contados.`,
  limits: {
    heading: "Limites",
    target: "Alvo",
    answers: "Respostas 429",
    share: "De todas as chamadas",
    none: "Nenhuma chamada recebeu resposta 429.",
  },
  footer: (tenant, at) => `Feito pelo Tachograph para o tenant ${tenant}, ${at}.`,
  link: "Abrir o painel",
};
