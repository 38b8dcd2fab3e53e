import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { OTLP_FIELDS, OTLP_TEMPORALITY } from "../../otlp/otlp-fields.ts";
import { EXPORTED_METRICS, type ExportedKind, type ExportedMetric } from "./exported-metrics.ts";
import { writeKeyValue } from "./write-key-value.ts";
import { type ExportedSeries, type PointContext, seriesPoints } from "./write-points.ts";

/**
 * A row of a Durable Object holds 2 MB; the smallest limit of a receiver that is known is 4 MiB, of
 * collectors that also speak gRPC.
 */
export const MAX_REQUEST_BYTES = 1_900_000;

/** What a request has beside its points: resource, scope, names and descriptions. */
const HEAD_BYTES = 8_192;

/** Tag and length of a point, at most. */
const POINT_HEAD_BYTES = 6;

/** Whose totals they are, and what their points say. */
export interface ExportContext extends PointContext {
  readonly tenant: string;
  readonly version: string;
}

/** One `ExportMetricsServiceRequest`. */
export interface ExportRequest {
  readonly body: Uint8Array;
  /** How many data points it has. */
  readonly points: number;
}

const { LengthDelimited, Varint } = WireType;

/**
 * Running totals as OTLP requests: whole ones, each of which can be sent by itself, made one after
 * the other as they are asked for. All points of a series are in one request. None without points.
 * @param maxBytes how long a request may be; at least what one series takes.
 */
export function* exportRequests(
  series: Iterable<ExportedSeries>,
  context: ExportContext,
  maxBytes = MAX_REQUEST_BYTES,
): Generator<ExportRequest, void> {
  let open = new OpenRequest();
  for (const one of series) {
    const points = seriesPoints(one, context);
    const bytes = points.reduce((sum, { body }) => sum + body.length + POINT_HEAD_BYTES, 0);
    if (open.points > 0 && open.bytes + bytes > maxBytes) {
      yield open.finish(context);
      open = new OpenRequest();
    }
    for (const { metric, body } of points) open.add(metric, body);
  }
  if (open.points > 0) yield open.finish(context);
}

/** The points of a request that is not full yet. */
class OpenRequest {
  points = 0;
  bytes = HEAD_BYTES;
  readonly #bodies: Uint8Array[][] = EXPORTED_METRICS.map(() => []);

  add(metric: number, body: Uint8Array): void {
    this.#bodies[metric]?.push(body);
    this.points += 1;
    this.bytes += body.length + POINT_HEAD_BYTES;
  }

  finish({ tenant, version }: ExportContext): ExportRequest {
    const writer = new BinaryWriter();
    writer.tag(OTLP_FIELDS.exportMetricsServiceRequest.resourceMetrics, LengthDelimited).fork();
    writeResource(writer, tenant, version);
    writer.tag(OTLP_FIELDS.resourceMetrics.scopeMetrics, LengthDelimited).fork();
    writer.tag(OTLP_FIELDS.scopeMetrics.scope, LengthDelimited).fork();
    writer.tag(OTLP_FIELDS.instrumentationScope.name, LengthDelimited).string("tachograph");
    writer.tag(OTLP_FIELDS.instrumentationScope.version, LengthDelimited).string(version);
    writer.join();
    for (const [position, metric] of EXPORTED_METRICS.entries()) {
      const bodies = this.#bodies[position] ?? [];
      if (bodies.length > 0) writeMetric(writer, metric, bodies);
    }
    return { body: writer.join().join().finish(), points: this.points };
  }
}

/**
 * The tenant is the instance, too: of what resources say, Prometheus makes labels of the service and
 * its instance alone, and two tenants must not become one.
 */
function writeResource(writer: BinaryWriter, tenant: string, version: string): void {
  writer.tag(OTLP_FIELDS.resourceMetrics.resource, LengthDelimited).fork();
  for (const [key, value] of [
    ["service.name", "tachograph"],
    ["service.version", version],
    ["service.instance.id", tenant],
    ["tachograph.tenant", tenant],
  ] as const) {
    writer.tag(OTLP_FIELDS.resource.attributes, LengthDelimited).bytes(writeKeyValue(key, value));
  }
  writer.join();
}

function writeMetric(
  writer: BinaryWriter,
  { name, description, unit, kind }: ExportedMetric,
  bodies: readonly Uint8Array[],
): void {
  const fields = OTLP_FIELDS.metric;
  writer.tag(OTLP_FIELDS.scopeMetrics.metrics, LengthDelimited).fork();
  writer.tag(fields.name, LengthDelimited).string(name);
  writer.tag(fields.description, LengthDelimited).string(description);
  if (unit !== "") writer.tag(fields.unit, LengthDelimited).string(unit);
  writer.tag(dataField(kind), LengthDelimited).fork();
  // Of all three kinds of data the points are field 1, and temporality is the next.
  for (const body of bodies) writer.tag(OTLP_FIELDS.sum.dataPoints, LengthDelimited).bytes(body);
  if (kind !== "newest") {
    writer.tag(OTLP_FIELDS.sum.aggregationTemporality, Varint).int32(OTLP_TEMPORALITY.cumulative);
  }
  if (kind === "total") writer.tag(OTLP_FIELDS.sum.isMonotonic, Varint).bool(true);
  writer.join().join();
}

function dataField(kind: ExportedKind): number {
  const { exponentialHistogram, sum, gauge } = OTLP_FIELDS.metric;
  if (kind === "histogram") return exponentialHistogram;
  return kind === "total" ? sum : gauge;
}
