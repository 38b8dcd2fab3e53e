import { OTLP_TYPES } from "../../../src/api/otlp/otlp-format.ts";
import { type JsonSchema, listOf, objectOf } from "../json-schema.ts";
import type { TypeSchemas } from "../type-schemas.ts";
import type { Answer, RouteDescription } from "./route-description.ts";

const STATUS = objectOf(
  {
    code: { type: "integer", description: "A code of `google.rpc.Status`." },
    message: { type: "string", description: "What is wrong and what to do." },
  },
  [],
  "`google.rpc.Status`, which senders of OTLP read.",
);

const REQUEST = objectOf(
  { resourceMetrics: listOf({ type: "object" }, "As OTLP has them.") },
  ["resourceMetrics"],
  "An `ExportMetricsServiceRequest` of OTLP 1.x.",
);

const EXAMPLE = {
  resourceMetrics: [
    {
      resource: {
        attributes: [{ key: "service.name", value: { stringValue: "checkout" } }],
      },
      scopeMetrics: [
        {
          metrics: [
            {
              name: "http.client.request.duration",
              unit: "s",
              histogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  {
                    startTimeUnixNano: "1795190000000000000",
                    timeUnixNano: "1795190010000000000",
                    count: "3",
                    sum: 0.42,
                    explicitBounds: [0.1, 0.5],
                    bucketCounts: ["1", "2", "0"],
                    attributes: [
                      { key: "server.address", value: { stringValue: "graph.facebook.com" } },
                    ],
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
};

/** `POST /v1/metrics`. */
export function otlpMetrics(types: TypeSchemas): RouteDescription {
  const status = types.component("OtlpStatus", STATUS);
  return {
    summary: "takes the metrics of OpenTelemetry",
    details:
      "An OTLP/HTTP export request in JSON or protobuf; histograms, exponential histograms and sums, delta and cumulative. What becomes target, operation and outcome is configured as `otlp`. Once its encoding is known, every answer is in it, and failures are a `google.rpc.Status` as OTLP has it.",
    body: {
      isRequired: true,
      maxBytes: 4 * 1_048_576,
      content: { [OTLP_TYPES.json]: REQUEST, [OTLP_TYPES.protobuf]: { type: "string" } },
      example: EXAMPLE,
    },
    bad: { body: { resourceMetrics: 1 }, status: 400 },
    answers: [
      inBoth(
        200,
        "Taken; what was refused of it is counted, and is not to be sent again.",
        objectOf({ partialSuccess: PARTIAL_SUCCESS }, ["partialSuccess"]),
      ),
      inBoth(400, "It is no such request.", status),
      inBoth(413, "It is larger than it may be, or holds too much.", status),
      inBoth(415, "`Content-Encoding` is neither gzip nor identity.", status),
      inBoth(503, "A part did not answer; the same request may be sent again.", status),
    ],
    problems: [{ problem: "unsupportedMediaType", when: "`Content-Type` is neither of both." }],
  };
}

const PARTIAL_SUCCESS = objectOf({
  rejectedDataPoints: { type: "string", description: "An integer, as JSON of protobuf writes it." },
  errorMessage: { type: "string" },
});

function inBoth(status: number, description: string, schema: JsonSchema): Answer {
  const content = { [OTLP_TYPES.json]: schema, [OTLP_TYPES.protobuf]: { type: "string" } } as const;
  return { status, description, content };
}
