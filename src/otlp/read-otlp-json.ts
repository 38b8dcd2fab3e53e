import { AttributeSet } from "./attribute-set.ts";
import { jsonAttributeValue } from "./json-attribute-value.ts";
import { jsonList, jsonObject, jsonText, type JsonFields } from "./json-fields.ts";
import { jsonPoint, type PointKind } from "./json-point.ts";
import { OTLP_TEMPORALITY } from "./otlp-fields.ts";
import { OtlpBudget } from "./otlp-limits.ts";
import {
  NO_ATTRIBUTES,
  NO_DATA,
  type OtlpAttributes,
  type OtlpData,
  type OtlpMetric,
  type OtlpPoint,
  type OtlpRequest,
  type OtlpResource,
  type OtlpScope,
  type OtlpTemporality,
} from "./otlp-model.ts";

/** The members of a metric of which one holds its points. */
const DATA_KINDS = ["histogram", "exponentialHistogram", "sum", "gauge", "summary"] as const;

/** The numbers and the names that an `AggregationTemporality` may have in JSON. */
const TEMPORALITIES: ReadonlyMap<unknown, OtlpTemporality> = new Map<unknown, OtlpTemporality>([
  [OTLP_TEMPORALITY.delta, "delta"],
  ["AGGREGATION_TEMPORALITY_DELTA", "delta"],
  [OTLP_TEMPORALITY.cumulative, "cumulative"],
  ["AGGREGATION_TEMPORALITY_CUMULATIVE", "cumulative"],
]);

/**
 * Reads an OTLP metrics export request in JSON (opentelemetry-proto, `ExportMetricsServiceRequest`).
 * Members that are not known are ignored, and null is as good as none.
 *
 * @param body the parsed JSON, nested no deeper than the stack allows.
 * @throws OtlpError for another shape, or for more than a request may hold.
 */
export function readOtlpJson(body: unknown): OtlpRequest {
  const budget = new OtlpBudget();
  const { resourceMetrics } = jsonObject(body, "The body");
  return jsonList(resourceMetrics, "resourceMetrics").map((entry) =>
    readResource(jsonObject(entry, "An entry of resourceMetrics"), budget),
  );
}

function readResource({ resource, scopeMetrics }: JsonFields, budget: OtlpBudget): OtlpResource {
  budget.addScope();
  return {
    attributes: readAttributes(jsonObject(resource, "resource").attributes),
    scopes: jsonList(scopeMetrics, "scopeMetrics").map((entry) =>
      readScope(jsonObject(entry, "An entry of scopeMetrics"), budget),
    ),
  };
}

function readScope({ scope, metrics }: JsonFields, budget: OtlpBudget): OtlpScope {
  budget.addScope();
  const { name, version, attributes } = jsonObject(scope, "scope");
  return {
    name: jsonText(name, "A scope's name"),
    version: jsonText(version, "A scope's version"),
    attributes: readAttributes(attributes),
    metrics: jsonList(metrics, "metrics").map((entry) =>
      readMetric(jsonObject(entry, "An entry of metrics"), budget),
    ),
  };
}

function readMetric(metric: JsonFields, budget: OtlpBudget): OtlpMetric {
  budget.addMetric();
  const kind = DATA_KINDS.find((member) => (metric[member] ?? null) !== null);
  return {
    name: jsonText(metric["name"], "A metric's name"),
    unit: jsonText(metric["unit"], "A metric's unit"),
    data: kind === undefined ? NO_DATA : readData(kind, jsonObject(metric[kind], kind), budget),
  };
}

function readData(
  kind: (typeof DATA_KINDS)[number],
  { dataPoints, aggregationTemporality, isMonotonic }: JsonFields,
  budget: OtlpBudget,
): OtlpData {
  const entries = jsonList(dataPoints, "dataPoints");
  const isTaken = kind !== "gauge" && kind !== "summary";
  const points: OtlpPoint[] = [];
  for (const entry of entries) {
    budget.addPoint();
    if (isTaken) points.push(readPoint(kind, jsonObject(entry, "An entry of dataPoints")));
  }
  return {
    kind,
    temporality: (isTaken ? TEMPORALITIES.get(aggregationTemporality) : undefined) ?? "unspecified",
    isMonotonic: kind === "sum" && isMonotonic === true,
    points,
    pointCount: entries.length,
  };
}

function readPoint(kind: PointKind, point: JsonFields): OtlpPoint {
  return { ...jsonPoint(kind, point), attributes: readAttributes(point["attributes"]) };
}

function readAttributes(value: unknown): OtlpAttributes {
  const entries = jsonList(value, "attributes");
  if (entries.length === 0) return NO_ATTRIBUTES;
  const attributes = new AttributeSet();
  for (const entry of entries) {
    const pair = jsonObject(entry, "An entry of attributes");
    attributes.add(jsonText(pair["key"], "An attribute's key"), jsonAttributeValue(pair["value"]));
  }
  return attributes.finish();
}
