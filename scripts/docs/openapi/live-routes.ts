import { GROUPINGS } from "../../../src/api/totals-answer.ts";
import { WINDOW_NAMES } from "../../../src/merge/series-state.ts";
import type { JsonSchema } from "../json-schema.ts";
import type { TypeSchemas } from "../type-schemas.ts";
import { historyImport } from "./import-route.ts";
import { choices, flag, NAME, names, query, range, step, window } from "./parameters.ts";
import type { RouteDescription, RouteGroup, RouteProblem } from "./route-description.ts";

const BAD_QUERY: RouteProblem = {
  problem: "invalidQuery",
  when: "A parameter is wrong, is given twice, or asks for too much.",
};

/** How things are, and how they were. */
export const LIVE: RouteGroup = {
  name: "Live and history",
  description:
    "Percentiles are of merged histograms, never averages. Operation `*` is the whole target. Every answer says how old it is and which shards did not answer.",
  routes: (types) => ({
    "GET /v1/live": {
      summary: "tells how every series is now",
      details:
        "A snapshot older than a second is refreshed first; whoever asks counts as watching.",
      parameters: [
        query("target", "Only this target.", NAME, { example: "meta" }),
        window("Only this window."),
      ],
      answers: [
        {
          status: 200,
          description: "The snapshot.",
          content: { "application/json": types.schemaOf("src/stream/frames.ts", "LiveBody") },
        },
      ],
      problems: [BAD_QUERY],
    },
    "GET /v1/history": history(types),
    "POST /v1/history/import": historyImport(types),
    "GET /v1/totals": totals(types),
    "GET /v1/export.hlog": {
      summary: "gives a HdrHistogram log of stored history",
      details: "Values are microseconds, the tag of a row is `target/operation`. At most 31 days.",
      parameters: [
        query("target", "Only this target.", NAME, { example: "meta" }),
        ...range("an hour"),
        query("step", "Length of a row. Default `1m`.", { enum: ["1m", "1h", "1d"] }),
        flag(
          "details",
          "`1` puts a comment before each row, with what its histogram does not say.",
        ),
      ],
      answers: [
        {
          status: 200,
          description: "The log, as it is read.",
          headers: { "Content-Disposition": "A file name." },
          content: { "text/plain": { type: "string" } },
        },
      ],
      problems: [BAD_QUERY],
    },
    "GET /v1/stream": stream(types),
  }),
};

function history(types: TypeSchemas): RouteDescription {
  return {
    summary: "tells how a series was",
    details:
      "Whole minutes; where they are gone, hours and days stand in, each whole. At most 10,000 points.",
    parameters: [
      query("target", "The target.", NAME, { isRequired: true, example: "meta" }),
      query("operation", "The operation; `*`, the whole target, by default.", {
        anyOf: [NAME, { const: "*" }],
      }),
      ...range("an hour"),
      step("1m"),
      flag("histogram", "`1` adds each point's histogram, in HdrHistogram's V2 encoding."),
    ],
    answers: [
      {
        status: 200,
        description: "The points that have timings.",
        content: {
          "application/json": types.schemaOf("src/api/history-answer.ts", "HistoryAnswer"),
        },
      },
    ],
    problems: [BAD_QUERY],
  };
}

function totals(types: TypeSchemas): RouteDescription {
  return {
    summary: "counts whole targets, or all of a kind, without percentiles",
    parameters: [
      ...range("an hour"),
      step("all"),
      names("targets", "Only these targets", ["meta", "google"]),
      query("by", "What a point is of. Default `target`.", { enum: GROUPINGS }),
    ],
    answers: [
      {
        status: 200,
        description: "The points that have timings.",
        content: { "application/json": types.schemaOf("src/api/totals-answer.ts", "TotalsAnswer") },
      },
    ],
    problems: [BAD_QUERY],
  };
}

function stream(types: TypeSchemas): RouteDescription {
  const frame = streamFrame(types);
  return {
    summary: "streams what changes",
    details:
      'A WebSocket with the subprotocol `tachograph.v1`, or with `Accept: text/event-stream` the same frames as server-sent events. A browser\'s WebSocket sends its token as the subprotocol `bearer.TOKEN` beside `tachograph.v1`. First `hello`, then a snapshot, then ticks; `seq` grows by one with each frame. The client may send `ping`, answered `pong`, and `{"type":"subscribe",…}` with the parameters below.',
    parameters: [
      names("targets", "Only these targets", ["meta", "google"]),
      choices("windows", "Only these windows", WINDOW_NAMES),
      flag("histograms", "`1` adds each window's histogram."),
      query("resume", "`EPOCH:SEQ` of the last frame, to go on after it.", { type: "string" }),
      {
        name: "Last-Event-ID",
        in: "header",
        description: "The same, as browsers send it with server-sent events.",
        schema: { type: "string" },
      },
    ],
    answers: [
      { status: 101, description: "A WebSocket; each message is a StreamFrame." },
      {
        status: 200,
        description:
          "Server-sent events; the `data` of each is a StreamFrame, its `id` is `EPOCH:SEQ`.",
        content: { "text/event-stream": frame },
      },
    ],
    problems: [
      BAD_QUERY,
      { problem: "badRequest", when: "A WebSocket offers its token and not `tachograph.v1`." },
      { problem: "forbidden", when: "A page of another origin asks that `ALLOWED_ORIGINS` lacks." },
      {
        problem: "notAcceptable",
        when: "Neither a WebSocket nor `text/event-stream` is asked for.",
      },
    ],
  };
}

function streamFrame(types: TypeSchemas): JsonSchema {
  const file = "src/stream/stream-frame.ts";
  const body = types.objectOf("src/stream/frames.ts", "LiveBody");
  const content = types.component("ContentFrame", {
    ...body,
    description: "All of the live state, or what a tick changed in it.",
    properties: {
      type: {
        enum: ["snapshot", "tick"],
        description: "A `snapshot` has every series and bucket, a `tick` those that changed.",
      },
      ...body.properties,
    },
    required: ["type", ...(body.required ?? [])],
  });
  return types.component("StreamFrame", {
    description: "What `GET /v1/stream` sends.",
    anyOf: [
      types.schemaOf(file, "HelloFrame"),
      content,
      types.schemaOf(file, "AlertFrame"),
      types.schemaOf(file, "ErrorFrame"),
    ],
  });
}
