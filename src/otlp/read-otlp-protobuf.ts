import { AttributeSet } from "./attribute-set.ts";
import { OtlpError } from "./otlp-error.ts";
import { OTLP_FIELDS, OTLP_TEMPORALITY } from "./otlp-fields.ts";
import { OtlpBudget } from "./otlp-limits.ts";
import {
  NO_ATTRIBUTES,
  NO_DATA,
  type OtlpAttributes,
  type OtlpData,
  type OtlpMetric,
  type OtlpMetricKind,
  type OtlpPoint,
  type OtlpRequest,
  type OtlpResource,
  type OtlpScope,
  type OtlpTemporality,
} from "./otlp-model.ts";
import { readAttribute } from "./protobuf-attribute.ts";
import { ProtobufFields } from "./protobuf-fields.ts";
import { readExponentialPoint, readHistogramPoint, readNumberPoint } from "./protobuf-point.ts";

/** Where the points of a metric may be, by the field of `Metric`. */
const DATA_KINDS: ReadonlyMap<number, OtlpMetricKind> = new Map<number, OtlpMetricKind>([
  [OTLP_FIELDS.metric.gauge, "gauge"],
  [OTLP_FIELDS.metric.sum, "sum"],
  [OTLP_FIELDS.metric.histogram, "histogram"],
  [OTLP_FIELDS.metric.exponentialHistogram, "exponentialHistogram"],
  [OTLP_FIELDS.metric.summary, "summary"],
]);

const TEMPORALITIES: ReadonlyMap<number, OtlpTemporality> = new Map<number, OtlpTemporality>([
  [OTLP_TEMPORALITY.delta, "delta"],
  [OTLP_TEMPORALITY.cumulative, "cumulative"],
]);

/**
 * Reads an OTLP metrics export request in protobuf. Fields that are not known are
 * skipped.
 *
 * @throws OtlpError for bytes that are no such message, or for more than a request may hold.
 */
export function readOtlpProtobuf(bytes: Uint8Array): OtlpRequest {
  try {
    return readRequest(new ProtobufFields(bytes, "ExportMetricsServiceRequest"));
  } catch (cause) {
    // The wire library has no errors of its own. A TypeError can only be a fault of ours.
    if (cause instanceof OtlpError || cause instanceof TypeError || !(cause instanceof Error)) {
      throw cause;
    }
    throw new OtlpError(`The body is no OTLP metrics request in protobuf: ${cause.message}.`);
  }
}

function readRequest(request: ProtobufFields): OtlpRequest {
  const budget = new OtlpBudget();
  const resources: OtlpResource[] = [];
  for (let field = request.next(); field !== 0; field = request.next()) {
    if (field === OTLP_FIELDS.exportMetricsServiceRequest.resourceMetrics)
      resources.push(readResourceMetrics(request.message("ResourceMetrics"), budget));
  }
  return resources;
}

function readResourceMetrics(fields: ProtobufFields, budget: OtlpBudget): OtlpResource {
  budget.addScope();
  let attributes = NO_ATTRIBUTES;
  const scopes: OtlpScope[] = [];
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.resourceMetrics.resource)
      attributes = readResource(fields.message("Resource"));
    else if (field === OTLP_FIELDS.resourceMetrics.scopeMetrics)
      scopes.push(readScopeMetrics(fields.message("ScopeMetrics"), budget));
  }
  return { attributes, scopes };
}

function readResource(fields: ProtobufFields): OtlpAttributes {
  const attributes = new AttributeSet();
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.resource.attributes)
      readAttribute(fields.message("KeyValue"), attributes);
  }
  return attributes.finish();
}

function readScopeMetrics(fields: ProtobufFields, budget: OtlpBudget): OtlpScope {
  budget.addScope();
  let scope: Omit<OtlpScope, "metrics"> = { name: "", version: "", attributes: NO_ATTRIBUTES };
  const metrics: OtlpMetric[] = [];
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.scopeMetrics.scope)
      scope = readScope(fields.message("InstrumentationScope"));
    else if (field === OTLP_FIELDS.scopeMetrics.metrics)
      metrics.push(readMetric(fields.message("Metric"), budget));
  }
  return { ...scope, metrics };
}

function readScope(fields: ProtobufFields): Omit<OtlpScope, "metrics"> {
  let name = "";
  let version = "";
  const attributes = new AttributeSet();
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.instrumentationScope.name) name = fields.text();
    else if (field === OTLP_FIELDS.instrumentationScope.version) version = fields.text();
    else if (field === OTLP_FIELDS.instrumentationScope.attributes)
      readAttribute(fields.message("KeyValue"), attributes);
  }
  return { name, version, attributes: attributes.finish() };
}

function readMetric(fields: ProtobufFields, budget: OtlpBudget): OtlpMetric {
  budget.addMetric();
  let name = "";
  let unit = "";
  let data = NO_DATA;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    const kind = DATA_KINDS.get(field);
    if (field === OTLP_FIELDS.metric.name) name = fields.text();
    else if (field === OTLP_FIELDS.metric.unit) unit = fields.text();
    else if (kind !== undefined) data = readData(kind, fields.message(kind), budget);
  }
  return { name, unit, data };
}

/** Histograms number their fields as sums do, and gauges and summaries have the points alone. */
function readData(kind: OtlpMetricKind, fields: ProtobufFields, budget: OtlpBudget): OtlpData {
  const points: OtlpPoint[] = [];
  let pointCount = 0;
  let temporality: OtlpTemporality = "unspecified";
  let isMonotonic = false;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.sum.dataPoints) {
      budget.addPoint();
      pointCount += 1;
      if (kind === "sum") points.push(readNumberPoint(fields.message("NumberDataPoint")));
      else if (kind === "histogram") {
        points.push(readHistogramPoint(fields.message("HistogramDataPoint")));
      } else if (kind === "exponentialHistogram") {
        points.push(readExponentialPoint(fields.message("ExponentialHistogramDataPoint")));
      }
    } else if (kind === "gauge" || kind === "summary") continue;
    else if (field === OTLP_FIELDS.sum.aggregationTemporality)
      temporality = TEMPORALITIES.get(fields.uint32()) ?? "unspecified";
    else if (field === OTLP_FIELDS.sum.isMonotonic && kind === "sum") isMonotonic = fields.bool();
  }
  return { kind, temporality, isMonotonic, points, pointCount };
}
