import { EXPOSITION_FORMATS } from "../../../src/export/exposition.ts";
import { COARSEST_SCHEMA, FINEST_SCHEMA } from "../../../src/histogram/native-counts.ts";
import type { JsonSchema } from "../json-schema.ts";
import { eachName, query } from "./parameters.ts";
import { otlpMetrics } from "./otlp-route.ts";
import type { RouteGroup } from "./route-description.ts";

/** What others read as they read everything. */
export const EXPOSITION: RouteGroup = {
  name: "Prometheus and OpenTelemetry",
  description:
    "What others read and send as they read and send everything. How each tool is wired is in [observability.md](observability.md).",
  routes: (types) => ({
    "POST /v1/metrics": otlpMetrics(types),
    "GET /metrics": {
      summary: "gives every metric",
      details:
        "Text 0.0.4, OpenMetrics 1.0 or protobuf with native histograms, by `Accept`; text for whoever takes none of them. With `Accept-Encoding: gzip` it is compressed.",
      parameters: [
        query(
          "schema",
          `Resolution of native histograms: buckets grow by 2^(2^-schema). Default ${FINEST_SCHEMA}, the finest.`,
          { type: "integer", minimum: COARSEST_SCHEMA, maximum: FINEST_SCHEMA },
          { example: 3 },
        ),
        eachName("target", "Only this target; several are several parameters.", ["meta"]),
      ],
      answers: [
        {
          status: 200,
          description: "The page, as it is written.",
          headers: { Vary: "`Accept` and `Accept-Encoding`." },
          content: Object.fromEntries(
            EXPOSITION_FORMATS.map(({ mediaType }): [string, JsonSchema] => [
              mediaType,
              { type: "string" },
            ]),
          ),
        },
      ],
      problems: [{ problem: "invalidQuery", when: "A parameter is wrong." }],
    },
  }),
};
