import { HDR_UNITS } from "../../../src/histogram/record-into.ts";
import { MAX_IMPORT_PIECES } from "../../../src/merge/import-part.ts";
import type { TypeSchemas } from "../type-schemas.ts";
import { flag, NAME, query } from "./parameters.ts";
import type { RouteDescription, RouteProblem } from "./route-description.ts";

const DAY = "2026-11-20";

const REQUIRED = { isRequired: true } as const;

/** `POST /v1/history/import`. */
export function historyImport(types: TypeSchemas): RouteDescription {
  return {
    summary: "takes one day of one series into history",
    details:
      "A HdrHistogram log with rows of that day, in any order. The same import may be sent again: it replaces what it wrote. A day that is too large for one request is sent in pieces, one after the other: each replaces what the import wrote as this piece and as those behind it, and is taken as a whole or not at all, so check all of them before the first is sent. `tachograph import` does that, for months.",
    parameters: [
      query("target", "The target.", NAME, { ...REQUIRED, example: "meta" }),
      query("operation", "The operation; never `*`.", NAME, { ...REQUIRED, example: "events" }),
      query(
        "day",
        "The day, in UTC.",
        { type: "string", format: "date" },
        { ...REQUIRED, example: DAY },
      ),
      query(
        "unit",
        "What the values of the log count.",
        { enum: HDR_UNITS },
        { ...REQUIRED, example: "us" },
      ),
      query("import", "What this import is called.", NAME, { ...REQUIRED, example: "legacy" }),
      query(
        "piece",
        "Which piece of a day that is too large for one request. Default 0.",
        { type: "integer", minimum: 0, maximum: MAX_IMPORT_PIECES - 1 },
        { example: 0 },
      ),
      query(
        "pieces",
        "How many pieces the day has; `piece` + 1 by default, so that it is the last one.",
        { type: "integer", minimum: 1, maximum: MAX_IMPORT_PIECES },
        { example: 1 },
      ),
      flag("check", "`1` only says what would become of it: nothing is written."),
      flag("merge", "`1` adds to timings that are there from elsewhere."),
      query("run", "What the audit trail calls it; `import` by default.", NAME, {
        example: "legacy",
      }),
    ],
    body: {
      isRequired: true,
      maxBytes: 4 * 1_048_576,
      content: { "text/plain": { type: "string" } },
      example: LOG,
    },
    bad: { body: "nothing", problem: "unprocessable", pointer: "/lines/1" },
    answers: [
      {
        status: 200,
        description: "What was stored.",
        content: {
          "application/json": types.schemaOf(
            "src/api/history-import-answer.ts",
            "HistoryImportAnswer",
          ),
        },
      },
    ],
    problems: PROBLEMS,
  };
}

const PROBLEMS: readonly RouteProblem[] = [
  {
    problem: "invalidQuery",
    when: "A parameter is missing or wrong, or `piece` is none of `pieces`.",
  },
  { problem: "badRequest", when: "The body is no log." },
  { problem: "invalidBody", when: "The body is not readable." },
  {
    problem: "conflict",
    when: "Timings of that day are there already, reported live or imported under another name, and the day is not one that this import has begun; `merge=1` adds to them.",
  },
  {
    problem: "payloadTooLarge",
    when: "The body, or what it inflates to, is larger than it may be.",
  },
  { problem: "unsupportedMediaType", when: "`Content-Encoding` is neither gzip nor identity." },
  {
    problem: "unprocessable",
    when: "A line is not good (`errors` says which, and nothing of the request is taken), rows would count twice, the day is no longer kept, or history has as many targets or operations as there may be.",
  },
];

const LOG = `#[Histogram log format version 1.3]
"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
Tag=meta/events,1795189980.000,60.000,0.001,HISTFAAAACh42pNpmSzMwMD8kgECmKE0I4hQPuzGYP8BKsI0CkbBKBj2AACMQgxi
`;
