import * as fc from "fast-check";
import { LANGUAGES, SEVERITIES } from "../../src/alerts/rule.ts";
import type { MessageContext } from "../../src/notify/channel.ts";
import type { AlertNotice, Message } from "../../src/notify/notice.ts";

/** Texts that some medium reads as more than a text. */
const MARKUP = [
  "<!channel>",
  "<@U123>",
  "<https://evil.example|click>",
  "&lt;b&gt; & <b>",
  "*bold* _it_ ~no~ `code`",
  "```\ncode\n```",
  ":fire: a:100:b",
  "@everyone @here <@&1> <#2> <t:1:R>",
  "[text](https://evil.example) ![i](x)",
  "https://evil.example/",
  "# head\n- item\n1. one\n> quote\n-# small",
  "1) one",
  "||spoiler|| \\_ \\\\",
  "{{DATE(2026-02-14T06:00:00Z,SHORT)}} {{{{",
  "<at>all</at> ${x} @{y}",
  "👩‍👩‍👧‍👦🏳️‍🌈🔥",
  "\u202eright to left\u202c مرحبا שלום",
  "\u0000\u0007\r\n\t",
  "\ud83d half",
  "",
  "   ",
  "null",
];

/** Any UTF-16 code unit, halves of surrogate pairs among them. */
const codeUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

/** Texts up to `maxLength` that nobody would choose. */
export function hostileText(maxLength: number): fc.Arbitrary<string> {
  return fc
    .oneof(
      fc.constantFrom(...MARKUP),
      fc.string({ unit: "grapheme", maxLength: 80 }),
      fc.string({ unit: codeUnit, maxLength: 80 }),
      fc
        .tuple(fc.constantFrom(...MARKUP), fc.integer({ min: 1, max: 400 }))
        .map(([text, count]) => text.repeat(count)),
      fc.array(fc.constantFrom(...MARKUP), { maxLength: 20 }).map((texts) => texts.join(" ")),
    )
    .map((text) => text.slice(0, maxLength));
}

/** Names by the pattern, and others. */
const name = fc.oneof(fc.stringMatching(/^[a-z0-9][a-z0-9_.:-]{0,63}$/), hostileText(2_000));

const time = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) }) },
  { weight: 1, arbitrary: fc.double() },
);

const number = fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.double());

const action = fc.record({ en: hostileText(20_000), "pt-BR": hostileText(20_000) });

/** Any notice. */
export const hostileNotice: fc.Arbitrary<AlertNotice> = fc.record({
  alertId: name,
  event: fc.constantFrom("firing", "repeat", "resolved"),
  rule: name,
  target: name,
  operation: fc.oneof(fc.constant("*"), name),
  severity: fc.constantFrom(...SEVERITIES),
  metric: fc.constantFrom(
    "latency",
    "meanLatency",
    "errorRate",
    "rateLimitedRate",
    "consecutiveErrors",
    "throughput",
    "hitRate",
    "denialRate",
    "noData",
    "budgetBurn",
    "meanMeasure",
    "lastMeasure",
    "system",
  ),
  percentile: fc.option(fc.constantFrom(50, 95, 99.9)),
  measure: fc.constantFrom(undefined, "waitMs", "value", "failing"),
  comparison: fc.constantFrom(">=", ">", "<=", "<"),
  unit: fc.constantFrom("Ms", "Rate", "Ratio", "Count", "Value"),
  threshold: number,
  value: fc.option(number),
  found: fc.constantFrom(undefined, null, 0, -1.5, 1e21),
  since: time,
  firedAt: time,
  resolvedAt: fc.option(time),
  resolvedReason: fc.option(
    fc.constantFrom("recovered", "no_data", "rule_removed", "rule_changed"),
  ),
  acknowledgedBy: fc.option(hostileText(500)),
  repeats: fc.nat({ max: 50 }),
  action,
  detail: fc.option(action, { nil: undefined }),
});

/** A message of up to `maxAlerts` alerts, or a report, or a test. */
export function hostileMessage(maxAlerts: number): fc.Arbitrary<Message> {
  const alerts = fc
    .oneof(
      fc.tuple(hostileNotice),
      fc.array(hostileNotice, { minLength: 1, maxLength: maxAlerts, size: "max" }),
    )
    .map((notices): Message => ({ kind: "alerts", notices }));
  const report = fc
    .tuple(
      fc.constantFrom("daily", "weekly"),
      hostileText(3_000),
      fc.oneof(
        hostileText(100_000),
        fc.array(hostileText(300), { maxLength: 400 }).map((lines) => lines.join("\n")),
      ),
    )
    .map(([period, subject, text]): Message => ({
      kind: "report",
      period,
      mail: { subject, text, markdown: text, html: text, json: {} },
    }));
  return fc.oneof(
    { weight: 8, arbitrary: alerts },
    { weight: 2, arbitrary: report },
    { weight: 1, arbitrary: fc.constant<Message>({ kind: "test" }) },
  );
}

/** Any context, in both languages, with and without a page. */
export const hostileContext: fc.Arbitrary<MessageContext> = fc.record({
  tenant: name,
  language: fc.constantFrom(...LANGUAGES),
  timeZone: fc.constantFrom("America/Sao_Paulo", "UTC", "Asia/Kathmandu"),
  dashboardUrl: fc.oneof(
    fc.constantFrom(null, "https://dash.example.com", "https://dash.example.com/a|b?x=<1>&y=2"),
    hostileText(200),
  ),
  idempotencyKey: fc.stringMatching(/^[A-Za-z0-9:._/-]{1,200}$/),
  nowMs: fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) }),
});

/** A plain notice, with whatever is given instead. */
export function aNotice(given: Partial<AlertNotice> = {}): AlertNotice {
  return {
    alertId: "error-rate-critical/meta/1790000000000",
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
    since: Date.UTC(2026, 10, 21, 12, 14),
    firedAt: Date.UTC(2026, 10, 21, 12, 15),
    resolvedAt: null,
    resolvedReason: null,
    acknowledgedBy: null,
    repeats: 0,
    action: { en: "Look at Meta's status page.", "pt-BR": "Veja a página de status da Meta." },
    ...given,
  };
}

/** The context of {@link aNotice}, with whatever is given instead. */
export function aContext(given: Partial<MessageContext> = {}): MessageContext {
  return {
    tenant: "default",
    language: "en",
    timeZone: "America/Sao_Paulo",
    dashboardUrl: "https://dash.example.com",
    idempotencyKey: "batch:1",
    nowMs: Date.UTC(2026, 10, 21, 12, 26),
    ...given,
  };
}
