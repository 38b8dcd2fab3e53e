import * as fc from "fast-check";
import type { ResolvedReason } from "../../src/alerts/alert.ts";
import { METRICS } from "../../src/alerts/metrics.ts";
import { COMPARISONS, LANGUAGES, type MetricName, SEVERITIES } from "../../src/alerts/rule.ts";
import { MEASURES } from "../../src/measures.ts";
import type { ChannelAnswer, MessageContext } from "../../src/notify/channel.ts";
import type { AlertNotice } from "../../src/notify/notice.ts";

const MINUTE_MS = 60_000;

/** 2026-11-21 09:14 in São Paulo. */
export const SINCE = Date.UTC(2026, 10, 21, 12, 14);

/** An alert about the error rate of Meta that fires since 09:14 and was told of at 09:19. */
export function noticeExample(changes: Partial<AlertNotice> = {}): AlertNotice {
  return {
    alertId: "a-7",
    event: "firing",
    rule: "error-rate-critical",
    target: "meta",
    operation: "*",
    severity: "CRITICAL",
    metric: "errorRate",
    percentile: null,
    comparison: ">=",
    unit: "Rate",
    threshold: 0.1,
    value: 0.234,
    since: SINCE,
    firedAt: SINCE + 5 * MINUTE_MS,
    resolvedAt: null,
    resolvedReason: null,
    acknowledgedBy: null,
    repeats: 0,
    action: {
      en: "Check its token and read the API's answers.",
      "pt-BR": "Verifique o token e leia as respostas da API.",
    },
    ...changes,
  };
}

export function contextExample(changes: Partial<MessageContext> = {}): MessageContext {
  return {
    tenant: "default",
    language: "en",
    timeZone: "America/Sao_Paulo",
    dashboardUrl: "https://tachograph.example.com",
    idempotencyKey: "acme/a-7:firing/mail",
    nowMs: SINCE + 12 * MINUTE_MS,
    ...changes,
  };
}

/** What somebody could be called who wants to break a message, or writes from right to left. */
const HOSTILE = [
  "<script>alert(1)</script>",
  `"><img src=x onerror=alert(1)>`,
  "' onmouseover='alert(1)",
  "&lt;b&gt;",
  "{{1}}",
  "*bold* _italic_ `code` ~gone~",
  "[text](https://evil.example)",
  "a\r\nBcc: everybody@example.com",
  "tab\tand     many      spaces",
  "\u202Eevil\u2066",
  "مرحبا بالعالم",
  "שלום",
  "🚨👩‍👩‍👧‍👦🇧🇷",
  "ação é ênfase",
  "\ud800",
  "\u0000\u001b[31m",
  "",
  " ",
  "x".repeat(5_000),
  "🚨".repeat(3_000),
  "wort ".repeat(1_000),
];

const arbitraryText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.stringMatching(/^[a-z0-9][a-z0-9_.:-]{0,63}$/),
);

const arbitraryNumber = fc.oneof(
  fc.constantFrom(0, 0.1, 0.0999, 1, 5, 14.4, 999.96, 1_000, 1e9, 1e21, Number.MAX_VALUE, -1, 1e-9),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const arbitraryTime = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2030, 0, 1) });

const ANY_METRIC = [...(Object.keys(METRICS) as MetricName[]), "system"] as const;

const REASONS: readonly ResolvedReason[] = ["recovered", "no_data", "rule_removed", "rule_changed"];

const arbitraryInBothLanguages = fc.record({ en: arbitraryText, "pt-BR": arbitraryText });

/** Any notice that types allow, with whatever texts. */
export const arbitraryNotice: fc.Arbitrary<AlertNotice> = fc
  .record({
    alertId: fc.oneof(fc.stringMatching(/^[a-z0-9-]{1,40}$/), arbitraryText),
    event: fc.constantFrom("firing", "repeat", "resolved" as const),
    rule: arbitraryText,
    target: arbitraryText,
    operation: fc.oneof(fc.constant("*"), arbitraryText),
    severity: fc.constantFrom(...SEVERITIES),
    metric: fc.constantFrom(...ANY_METRIC),
    percentile: fc.constantFrom(null, 50, 95, 99.9),
    measure: fc.constantFrom(undefined, ...MEASURES.map(({ name }) => name)),
    comparison: fc.constantFrom(...COMPARISONS),
    threshold: arbitraryNumber,
    value: fc.option(arbitraryNumber),
    found: fc.option(fc.option(arbitraryNumber), { nil: undefined }),
    since: arbitraryTime,
    forMs: fc.integer({ min: 0, max: 86_400_000 }),
    lastedMs: fc.integer({ min: 0, max: 40 * 86_400_000 }),
    resolvedReason: fc.constantFrom(...REASONS),
    acknowledgedBy: fc.option(arbitraryText),
    repeats: fc.integer({ min: 0, max: 1_000 }),
    action: arbitraryInBothLanguages,
    detail: fc.option(arbitraryInBothLanguages, { nil: undefined }),
  })
  .map(({ forMs, lastedMs, ...notice }) => {
    const isOver = notice.event === "resolved";
    return {
      ...notice,
      unit: notice.metric === "system" ? "Count" : METRICS[notice.metric].unit,
      firedAt: notice.since + forMs,
      resolvedAt: isOver ? notice.since + forMs + lastedMs : null,
      resolvedReason: isOver ? notice.resolvedReason : null,
    };
  });

export const arbitraryContext: fc.Arbitrary<MessageContext> = fc.record({
  tenant: fc.oneof(fc.constant("acme"), arbitraryText),
  language: fc.constantFrom(...LANGUAGES),
  timeZone: fc.constantFrom("America/Sao_Paulo", "UTC", "Asia/Kathmandu", "America/St_Johns"),
  dashboardUrl: fc.constantFrom(null, "https://t.example.com", "https://t.example.com/a?b=c&d='e'"),
  idempotencyKey: fc.stringMatching(/^[A-Za-z0-9:._/-]{1,200}$/),
  nowMs: arbitraryTime,
});

/** Anything that could come back. */
export const arbitraryAnswer: fc.Arbitrary<ChannelAnswer> = fc.record({
  status: fc.oneof(fc.constantFrom(200, 202, 204, 301, 400, 409, 429, 500), fc.integer()),
  headers: fc.dictionary(
    fc.constantFrom("retry-after", "date", "content-type"),
    fc.oneof(
      fc.constantFrom("30", "1e400", "-1", "Sat, 21 Nov 2026 04:30:37 GMT", "Infinity"),
      fc.string(),
    ),
  ),
  body: fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc
      .record({
        error: fc.oneof(
          fc.jsonValue(),
          fc.record({
            code: fc.oneof(fc.integer(), fc.constantFrom(4, 190, 132_018, 131_056), fc.jsonValue()),
            message: fc.jsonValue(),
            error_data: fc.jsonValue(),
          }),
        ),
        messages: fc.jsonValue(),
        name: fc.oneof(fc.jsonValue(), fc.constantFrom("toString", "daily_quota_exceeded")),
        message: fc.jsonValue(),
        code: fc.jsonValue(),
        id: fc.jsonValue(),
      })
      .map((value) => JSON.stringify(value)),
  ),
});
