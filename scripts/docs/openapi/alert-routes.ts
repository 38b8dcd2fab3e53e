import { LANGUAGES, SEVERITIES } from "../../../src/alerts/rule.ts";
import { MAX_BY, MAX_WHY } from "../../../src/api/printable.ts";
import { NOTIFICATION_STATES } from "../../../src/wire/dispatcher-rpc.ts";
import { type JsonSchema, listOf, objectOf } from "../json-schema.ts";
import type { TypeSchemas } from "../type-schemas.ts";
import { choices, EPOCH_MS, NAME, names, path, query, range } from "./parameters.ts";
import type {
  Answer,
  RequestBody,
  RouteDescription,
  RouteGroup,
  RouteProblem,
} from "./route-description.ts";

const MAX_BODY_BYTES = 16_384;

const BY: JsonSchema = {
  type: "string",
  minLength: 1,
  maxLength: MAX_BY,
  description: "Who does it.",
};

const BAD_QUERY: RouteProblem = {
  problem: "invalidQuery",
  when: "A parameter is wrong, or is given twice.",
};

const BODY_PROBLEMS: readonly RouteProblem[] = [
  {
    problem: "invalidBody",
    when: "The body is not JSON, or not of this shape; `errors` says where.",
  },
  { problem: "payloadTooLarge", when: "The body is larger than it may be." },
  { problem: "unsupportedMediaType", when: "`Content-Encoding` is neither gzip nor identity." },
];

const SILENCE_ID = path("id", "The silence's id.", { type: "string" }, "silence-1");

const NO_SILENCE: RouteProblem = {
  problem: "notFound",
  when: "No silence has this id: it is over, or never was.",
};

/** What is watched, what was found, who is told. */
export const ALERTS: RouteGroup = {
  name: "Alerts",
  description:
    "What rules found, who was told, and what was done about it. How it all works is in [alerts.md](alerts.md).",
  routes: (types) => ({
    "GET /v1/alerts": {
      summary: "lists the alerts that have not ended, those that fire first",
      parameters: [
        choices("state", "Only in these states", ["pending", "firing", "nodata"]),
        names("target", "Only of these targets", ["meta", "google"]),
        choices("severity", "Only of these severities", SEVERITIES),
      ],
      answers: [ok("The alerts.", objectOf({ alerts: listOf(alert(types)) }))],
      problems: [BAD_QUERY],
    },
    "GET /v1/alerts/history": {
      summary: "lists the alerts that fired within a range, the newest first",
      parameters: range("a day"),
      answers: [ok("At most 1,000 of them.", objectOf({ alerts: listOf(alert(types)), ...PAGE }))],
      problems: [BAD_QUERY],
    },
    "POST /v1/alerts/:id/acknowledge": acknowledge(types),
    "GET /v1/rules": {
      summary: "lists the rules that are evaluated, with all their fields",
      answers: [ok("The rules.", objectOf({ rules: listOf(rule(types)) }))],
    },
    "POST /v1/rules/backtest": backtest(types),
    "GET /v1/silences": {
      summary: "lists the silences that are not over",
      answers: [ok("The silences.", objectOf({ silences: listOf(silence(types)) }))],
    },
    "POST /v1/silences": silences(types),
    "GET /v1/silences/:id": {
      summary: "gives a silence",
      parameters: [SILENCE_ID],
      answers: [ok("The silence.", silence(types))],
      problems: [NO_SILENCE],
    },
    "DELETE /v1/silences/:id": {
      summary: "ends a silence at once",
      parameters: [
        SILENCE_ID,
        query("by", "Who does it; the token by default.", BY, { example: "ana" }),
      ],
      answers: [{ status: 204, description: "It is over." }],
      problems: [BAD_QUERY, NO_SILENCE],
    },
    ...delivery(types),
    ...reports(types),
    "GET /v1/audit": {
      summary: "lists who changed what, the newest first",
      parameters: range("a day"),
      answers: [
        ok(
          "At most 1,000 entries.",
          objectOf({
            entries: listOf(types.schemaOf("src/alerts/archive.ts", "AuditEntry")),
            ...PAGE,
          }),
        ),
      ],
      problems: [BAD_QUERY],
    },
  }),
};

/** What a list that ends somewhere says of itself. */
const PAGE: Readonly<Record<string, JsonSchema>> = {
  from: { type: "number", description: "Epoch milliseconds." },
  to: { type: "number", description: "Exclusive." },
  truncated: { type: "boolean", description: "Whether there are more, which are older." },
  unreadable: { type: "number", description: "Stored ones that this version cannot read." },
};

function ok(description: string, schema: JsonSchema, headers?: Answer["headers"]): Answer {
  const content = { "application/json": schema };
  return { status: 200, description, content, ...(headers === undefined ? {} : { headers }) };
}

function alert(types: TypeSchemas): JsonSchema {
  return types.schemaOf("src/alerts/alert-view.ts", "AlertView");
}

function rule(types: TypeSchemas): JsonSchema {
  return types.schemaOf("src/alerts/rule-input.ts", "RuleInput");
}

function silence(types: TypeSchemas): JsonSchema {
  return types.schemaOf("src/alerts/silence.ts", "Silence");
}

function body(schema: JsonSchema, example: unknown): RequestBody {
  return {
    isRequired: true,
    maxBytes: MAX_BODY_BYTES,
    content: { "application/json": schema },
    example,
  };
}

function acknowledge(types: TypeSchemas): RouteDescription {
  return {
    summary: "takes an alert on: it is not told again",
    parameters: [path("id", "The alert's id.", { type: "string" }, "meta-errors-1")],
    body: body(objectOf({ by: BY }), { by: "ana" }),
    bad: { body: { by: "" }, problem: "invalidBody", pointer: "/by" },
    answers: [ok("The alert.", alert(types))],
    problems: [
      ...BODY_PROBLEMS,
      { problem: "notFound", when: "No open alert has this id." },
      {
        problem: "conflict",
        when: "It is about the dispatcher itself, of which nobody is reminded.",
      },
    ],
  };
}

function backtest(types: TypeSchemas): RouteDescription {
  const times = { from: EPOCH_MS, to: EPOCH_MS };
  const result = {
    rule: rule(types),
    from: { type: "number" },
    to: { type: "number" },
    stepMs: { type: "number" },
    series: listOf(types.schemaOf("src/merge/series-name.ts", "SeriesName")),
    transitions: listOf(types.schemaOf("src/alerts/backtest.ts", "BacktestTransition")),
    firings: { type: "number", description: "How often an alert began to fire." },
    omitted: { type: "number", description: "Transitions beyond the most that are answered." },
    evaluations: { type: "number", description: "Minutes that were evaluated." },
  } as const satisfies Readonly<Record<string, JsonSchema>>;
  return {
    summary: "tells what a rule would have done over stored minutes",
    details:
      "At most 100 series and 150,000 minutes in all. `to` is now by default, `from` an hour before it.",
    body: body(
      objectOf(
        {
          rule: {
            anyOf: [NAME, rule(types)],
            description: "The name of a configured rule, or a whole one.",
          },
          ...times,
        },
        ["from", "to"],
      ),
      { rule: { name: "trial", metric: "errorRate", targets: ["meta"], thresholdRate: 0.05 } },
    ),
    bad: {
      body: { rule: { name: "trial", metric: "errorRate", thresholdMs: 5 } },
      problem: "invalidBody",
      pointer: "/rule/thresholdMs",
    },
    answers: [ok("What it would have done.", objectOf(result))],
    problems: BODY_PROBLEMS,
  };
}

function silences(types: TypeSchemas): RouteDescription {
  const match = objectOf(
    { target: NAME, rule: NAME, severity: { enum: SEVERITIES } },
    ["target", "rule", "severity"],
    "What an alert must have to be silenced; at least one of them.",
  );
  const created = types.objectOf("src/alerts/silence.ts", "Silence");
  const warning: JsonSchema = { type: "string", description: "That its rule is not configured." };
  return {
    summary: "keeps alerts quiet for a time",
    details:
      "They are evaluated and shown, and nobody is told. At most 366 days, and 1,000 silences.",
    body: body(
      objectOf(
        {
          match: { ...match, minProperties: 1, additionalProperties: false },
          from: { ...EPOCH_MS, description: "Now by default." },
          to: { ...EPOCH_MS, description: "Exclusive." },
          by: BY,
          why: { type: "string", minLength: 1, maxLength: MAX_WHY },
        },
        ["from"],
      ),
      { match: { target: "meta" }, to: 1_800_000_000_000, by: "ana", why: "They said so." },
    ),
    bad: {
      body: { match: {}, to: 1, by: "ana", why: "No." },
      problem: "invalidBody",
      pointer: "/match",
    },
    answers: [
      {
        status: 201,
        description: "The silence, with a `warning` if it names a rule that is not configured.",
        headers: { Location: "Where it is." },
        content: {
          "application/json": { ...created, properties: { ...created.properties, warning } },
        },
      },
    ],
    problems: [
      ...BODY_PROBLEMS,
      { problem: "unprocessable", when: "There are as many silences as there may be." },
    ],
  };
}

function delivery(types: TypeSchemas): Readonly<Record<string, RouteDescription>> {
  const rpc = "src/wire/dispatcher-rpc.ts";
  return {
    "GET /v1/notifications": {
      summary: "lists what is or was to be sent, the newest first",
      parameters: [
        query("state", "Only in this state.", { enum: NOTIFICATION_STATES }),
        query("limit", "At most so many. Default 200.", {
          type: "integer",
          minimum: 1,
          maximum: 1_000,
        }),
      ],
      answers: [
        ok(
          "The notifications.",
          objectOf({ notifications: listOf(types.schemaOf(rpc, "NotificationView")) }),
        ),
      ],
      problems: [BAD_QUERY],
    },
    "GET /v1/channels": {
      summary: "tells how each channel stands",
      answers: [
        ok(
          "The channels.",
          objectOf({
            channels: listOf(types.schemaOf(rpc, "ChannelHealth")),
            at: { type: "number" },
          }),
        ),
      ],
    },
    "POST /v1/channels/:name/test": {
      summary: "sends a test message and tells what came back",
      parameters: [path("name", "The channel's name.", NAME, "local")],
      answers: [ok("What came back, delivered or not.", types.schemaOf(rpc, "ChannelTestResult"))],
      problems: [{ problem: "notFound", when: "No channel is called so." }],
    },
  };
}

function reports(types: TypeSchemas): Readonly<Record<string, RouteDescription>> {
  const language = query("language", "Of Markdown and HTML; by default the configured one.", {
    enum: LANGUAGES,
  });
  const report = (what: string, parameter: RouteDescription["parameters"]): RouteDescription => ({
    summary: `gives the report about ${what}`,
    details: "JSON, Markdown or HTML by `Accept`.",
    parameters: [...(parameter ?? []), language],
    answers: [
      {
        status: 200,
        description: "The report.",
        headers: { Vary: "`Accept`." },
        content: {
          "application/json": types.schemaOf("src/reports/report.ts", "PeriodReport"),
          "text/markdown": { type: "string" },
          "text/html": { type: "string" },
        },
      },
    ],
    problems: [BAD_QUERY, { problem: "notAcceptable", when: "`Accept` wants none of these." }],
  });
  return {
    "GET /v1/reports/daily": report("a day", [
      query("date", "The day; yesterday by default.", { type: "string", format: "date" }),
    ]),
    "GET /v1/reports/weekly": report("a week", [
      query("week", "The week of ISO 8601; the last one by default.", {
        type: "string",
        pattern: "^\\d{4}-W\\d{2}$",
      }),
    ]),
  };
}
