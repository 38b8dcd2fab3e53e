import { HDR_UNITS } from "../../../src/histogram/record-into.ts";
import { MEASURES } from "../../../src/measures.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import { MAX_DURATION_US, MAX_REPORT_TIMINGS } from "../../../src/wire/timing-columns.ts";
import { type JsonSchema, objectOf } from "../json-schema.ts";
import type { TypeSchemas } from "../type-schemas.ts";
import { NAME, query } from "./parameters.ts";
import type { RouteDescription, RouteGroup, RouteProblem } from "./route-description.ts";

const MAX_BODY_BYTES = 1_048_576;

const SEQUENCE: JsonSchema = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER };

const NUMBERED =
  "With `reporter` and `sequence` a repeat is acknowledged and not counted again; they come together or not at all, and the sequence grows.";

const TIMING = objectOf(
  {
    target: { ...NAME, description: "What was called." },
    operation: { ...NAME, default: "call", description: "What was done there." },
    durationMs: { type: "number", minimum: 0, maximum: MAX_DURATION_US / 1_000 },
    outcome: { enum: OUTCOMES, default: "ok", description: "How it ended." },
    at: {
      type: "number",
      description: "When the call ended, epoch milliseconds; now if it is left out.",
    },
    measures: {
      type: "object",
      description: "Numbers beside the timing.",
      properties: Object.fromEntries(MEASURES.map(({ name }) => [name, { type: "number" }])),
    },
    traceId: {
      type: "string",
      pattern: "^[0-9a-fA-F]{32}$",
      description: "Of the trace that it is an example of.",
    },
    spanId: {
      type: "string",
      pattern: "^[0-9a-fA-F]{16}$",
      description: "Of the span within it; only with `traceId`.",
    },
  },
  ["operation", "outcome", "at", "measures", "traceId", "spanId"],
);

/** Two rows of one second, of 1 ms and 5 ms. */
const LOG = `#[Histogram log format version 1.3]
"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
Tag=meta/events,1795190000.123,1.000,0.001,HISTFAAAACh42pNpmSzMwMD8kgECmKE0I4hQPuzGYP8BKsI0CkbBKBj2AACMQgxi
`;

const BODY_PROBLEMS: readonly RouteProblem[] = [
  {
    problem: "payloadTooLarge",
    when: "The body, or what it inflates to, is larger than it may be.",
  },
  { problem: "unsupportedMediaType", when: "`Content-Encoding` is neither gzip nor identity." },
];

/** What takes timings in. */
export const INGEST: RouteGroup = {
  name: "Ingest",
  description:
    "Timings come in. The answer comes after the commit: what was acknowledged survives a crash, and is counted once.",
  routes: (types) => ({
    "POST /v1/timings": timings(types),
    "POST /v1/histograms": histograms(types),
  }),
};

function intakeProblems(types: TypeSchemas): readonly RouteProblem[] {
  return [
    ...BODY_PROBLEMS,
    {
      problem: "unprocessable",
      when: "None of it could be counted; the members of the answer say why.",
      extensions: types.schemaOf("src/api/intake-response.ts", "IntakeBody"),
    },
  ];
}

function timings(types: TypeSchemas): RouteDescription {
  return {
    summary: "takes timings",
    details: `Fields that are not known are ignored. A fault of one timing rejects that timing alone. ${NUMBERED}`,
    body: {
      isRequired: true,
      maxBytes: MAX_BODY_BYTES,
      content: {
        "application/json": objectOf(
          {
            reporter: { ...NAME, description: "Who numbers its requests." },
            sequence: { ...SEQUENCE, description: "The number of this one." },
            timings: { type: "array", items: TIMING, minItems: 1, maxItems: MAX_REPORT_TIMINGS },
          },
          ["reporter", "sequence"],
        ),
      },
      example: {
        reporter: "edge-7f3a",
        sequence: 42,
        timings: [{ target: "meta", operation: "events", durationMs: 183.25, outcome: "ok" }],
      },
    },
    bad: {
      body: { reporter: "edge-7f3a", timings: [{ target: "meta", durationMs: 1 }] },
      problem: "invalidBody",
      pointer: "/sequence",
    },
    answers: [
      {
        status: 200,
        description: "What became of them.",
        content: { "application/json": types.schemaOf("src/api/intake-response.ts", "IntakeBody") },
      },
    ],
    problems: [
      { problem: "invalidBody", when: "The body is not JSON, or not of this shape." },
      ...intakeProblems(types),
    ],
  };
}

function histograms(types: TypeSchemas): RouteDescription {
  return {
    summary: "takes a HdrHistogram log",
    details: `The log format 1.2 and 1.3 as any HdrHistogram library writes it, with \`Tag=target\`, \`Tag=target/operation\` or \`Tag=target/operation/outcome\` on each row. ${NUMBERED}`,
    parameters: [
      query(
        "unit",
        "What the values of the log count.",
        { enum: HDR_UNITS },
        {
          isRequired: true,
          example: "us",
        },
      ),
      query(
        "rebase",
        "`now` counts every row as of now, whatever time it says.",
        { enum: ["now"] },
        {
          example: "now",
        },
      ),
      query("reporter", "Who numbers its requests; with `sequence`.", NAME, {
        example: "edge-log",
      }),
      query("sequence", "The number of this request; with `reporter`.", SEQUENCE, { example: 7 }),
    ],
    body: {
      isRequired: true,
      maxBytes: MAX_BODY_BYTES,
      content: { "text/plain": { type: "string" } },
      example: LOG,
    },
    bad: { body: "#[Histogram log format version 1.3]\n", problem: "badRequest" },
    answers: [
      {
        status: 200,
        description: "What became of it, counted in values, with the number of rows.",
        content: { "application/json": types.schemaOf("src/api/intake-response.ts", "IntakeBody") },
      },
    ],
    problems: [
      { problem: "invalidQuery", when: "A parameter is missing or wrong." },
      { problem: "badRequest", when: "The body is no log, or one without rows." },
      { problem: "invalidBody", when: "The body is not readable." },
      ...intakeProblems(types),
    ],
  };
}
