import { byteChunks, textChunks } from "./byte-chunks.ts";
import type { MetricFamily } from "./metric-family.ts";
import { prometheusProtobuf } from "./protobuf-exposition.ts";
import { openMetricsText, prometheusText } from "./text-exposition.ts";

/** The formats in which metrics can be read, the one first that is for whoever has no wish. */
export const EXPOSITION_FORMATS = [
  {
    name: "text",
    /** What tells it from the others in `Accept`, in lower case. */
    mediaType: "text/plain;version=0.0.4",
    contentType: "text/plain; version=0.0.4; charset=utf-8",
  },
  {
    name: "openMetrics",
    mediaType: "application/openmetrics-text;version=1.0.0",
    contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  },
  {
    // What older scrapers ask for. Of what is written here, nothing changed from there to 1.0.0.
    name: "openMetricsDraft",
    mediaType: "application/openmetrics-text;version=0.0.1",
    contentType: "application/openmetrics-text; version=0.0.1; charset=utf-8",
  },
  {
    name: "protobuf",
    mediaType:
      "application/vnd.google.protobuf;proto=io.prometheus.client.metricfamily;encoding=delimited",
    contentType:
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
  },
] as const;

export type ExpositionFormat = (typeof EXPOSITION_FORMATS)[number];
export type ExpositionName = ExpositionFormat["name"];

/** Writes a page in pieces that are worth sending: each is made when it is asked for. */
export function exposition(
  families: Iterable<MetricFamily>,
  format: ExpositionName,
): Generator<Uint8Array> {
  switch (format) {
    case "text":
      return textChunks(prometheusText(families));
    case "openMetrics":
    case "openMetricsDraft":
      return textChunks(openMetricsText(families));
    case "protobuf":
      return byteChunks(prometheusProtobuf(families));
  }
}
