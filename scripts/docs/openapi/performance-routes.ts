import { QUERY_SORTS } from "../../../src/api/performance/query-stats.ts";
import { MAX_REQUEST_SCOPES } from "../../../src/wire/cache-feed.ts";
import { type JsonSchema, listOf, objectOf } from "../json-schema.ts";
import type { TypeSchemas } from "../type-schemas.ts";
import { NAME, query, window } from "./parameters.ts";
import type { Answer, RouteDescription, RouteGroup, RouteProblem } from "./route-description.ts";

const BAD_QUERY: RouteProblem = {
  problem: "invalidQuery",
  when: "A parameter is wrong, or is given twice.",
};

/** The five pillars. */
export const PERFORMANCE: RouteGroup = {
  name: "Performance",
  description:
    'The five pillars and their parts. Each answer is `{"success":true,"data":…,"timestamp":…}`; its failures are problems like all others.',
  routes: (types) => ({
    "GET /api/performance/stats": {
      summary: "gives the five pillars, the score and the books",
      answers: [ok(types.schemaOf("src/api/performance/performance-stats.ts", "PerformanceStats"))],
    },
    "GET /api/performance/cache-stats": {
      summary: "gives every cache by window and layer",
      answers: [ok(types.schemaOf("src/api/performance/cache-stats.ts", "CacheStats"))],
    },
    "GET /api/performance/query-stats": {
      summary: "gives every query of every database",
      parameters: [
        window("Over this window. Default `1h`."),
        query("sort", "The largest first. Default `mean`.", { enum: QUERY_SORTS }),
        query("limit", "At most so many. Default 100.", {
          type: "integer",
          minimum: 1,
          maximum: 1_000,
        }),
      ],
      answers: [ok(types.schemaOf("src/api/performance/query-stats.ts", "QueryStats"))],
      problems: [BAD_QUERY],
    },
    "GET /api/performance/latency-summary": {
      summary: "gives the latency of every series",
      parameters: [
        window("Over this window. Default `5m`."),
        query("target", "Only this target.", NAME, { example: "meta" }),
      ],
      answers: [ok(types.schemaOf("src/api/performance/latency-summary.ts", "LatencySummary"))],
      problems: [BAD_QUERY],
    },
    "POST /api/performance/cache-invalidate": invalidate(types),
  }),
};

function ok(data: JsonSchema): Answer {
  const schema = objectOf({
    success: { const: true },
    data,
    timestamp: { type: "number", description: "Epoch milliseconds." },
  });
  return { status: 200, description: "The figures.", content: { "application/json": schema } };
}

function invalidate(types: TypeSchemas): RouteDescription {
  const text: JsonSchema = { type: "string", minLength: 1, maxLength: 512 };
  const scope = { key: text, prefix: text, tag: text, all: { const: true } };
  const scopes = objectOf(scope, Object.keys(scope), "Exactly one of them.");
  return {
    summary: "makes entries of a cache invalid in every isolate",
    details:
      "One scope beside `cache`, or several as `scopes`. Durable when the answer comes; isolates hear of it with their next reports.",
    body: {
      isRequired: true,
      maxBytes: 327_680,
      content: {
        "application/json": objectOf(
          {
            cache: { ...NAME, default: "cache" },
            ...scope,
            scopes: {
              type: "array",
              items: { ...scopes, minProperties: 1, maxProperties: 1 },
              minItems: 1,
              maxItems: MAX_REQUEST_SCOPES,
            },
          },
          ["cache", "scopes", ...Object.keys(scope)],
        ),
      },
      example: { key: "user-journeys:42" },
    },
    bad: { body: { kee: "user-journeys:42" }, problem: "invalidBody", pointer: "/kee" },
    answers: [
      ok(
        objectOf({
          cache: NAME,
          version: { type: "number", description: "Entries stored before it are invalid." },
          invalidated: listOf(types.schemaOf("src/wire/cache-feed.ts", "CacheScope")),
        }),
      ),
    ],
    problems: [
      { problem: "invalidBody", when: "The body is no invalidation; `errors` says where." },
      { problem: "payloadTooLarge", when: "The body is larger than it may be." },
      { problem: "unsupportedMediaType", when: "`Content-Encoding` is neither gzip nor identity." },
    ],
  };
}
