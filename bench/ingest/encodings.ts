import { COMPARISON_TOKEN, type ComparisonSystem } from "../lib/comparison-system.ts";
import { INFLUX_DATABASE } from "../peers/influxdb.ts";
import { batchSeries, type BatchSeries } from "./batch.ts";
import type { HttpEncoding } from "./http-sender.ts";
import { NativeBody } from "./native-body.ts";
import { RemoteWriteBody, type RemoteSeries } from "./remote-write-body.ts";
import { Stamped } from "./stamped.ts";
import { histogramLog, importLines, influxLines, timingsJson } from "./text-bodies.ts";
import { vmRangeSeries } from "./vm-ranges.ts";

const JSON_HEADERS = {
  authorization: `Bearer ${COMPARISON_TOKEN}`,
  "content-type": "application/json",
};
const REMOTE_WRITE_HEADERS = {
  "content-encoding": "snappy",
  "content-type": "application/x-protobuf",
};

/** Numbered reports as JSON, which the naive designs take, too. */
export function jsonEncoding(key: string, url: string): HttpEncoding {
  return {
    key,
    name: "JSON",
    url,
    headers: JSON_HEADERS,
    bodyOf: (timings, sender) => new Stamped(timingsJson(timings, sender)),
    hasOwnSeries: false,
  };
}

/** The calls of a second, as a sender hands them on that keeps histograms. */
export function histogramLogEncoding({ tachograph }: ComparisonSystem): HttpEncoding {
  return {
    key: "hdr",
    name: "HdrHistogram log",
    url: `${tachograph}/v1/histograms?unit=us&rebase=now`,
    headers: { ...JSON_HEADERS, "content-type": "text/plain" },
    bodyOf: (timings) => new Stamped(histogramLog(timings)),
    query: (sender, number) => `&reporter=${sender}&sequence=${number}`,
    hasOwnSeries: false,
  };
}

/** What VictoriaMetrics may read raw timings in, of which the quickest is measured. */
export function victoriaMetricsEncodings(url: string): HttpEncoding[] {
  return [
    {
      key: "vm-remote",
      name: "remote write",
      url: `${url}/api/v1/write`,
      headers: REMOTE_WRITE_HEADERS,
      bodyOf: (timings, sender) =>
        new RemoteWriteBody(batchSeries(timings).map((series) => remoteSeries(series, sender))),
      hasOwnSeries: true,
    },
    {
      key: "vm-import",
      name: "JSON lines",
      url: `${url}/api/v1/import`,
      headers: {},
      bodyOf: (timings, sender) => new Stamped(importLines(batchSeries(timings), sender)),
      hasOwnSeries: true,
    },
    {
      key: "vm-native",
      name: "native",
      url: `${url}/api/v1/import/native`,
      headers: {},
      bodyOf: (timings, sender) => new NativeBody(batchSeries(timings), sender),
      hasOwnSeries: true,
    },
  ];
}

/** The calls of a second as VictoriaMetrics' own histograms count them. */
export function vmRangeEncoding(url: string): HttpEncoding {
  return {
    key: "vm-ranges",
    name: "vmrange buckets by remote write",
    url: `${url}/api/v1/write`,
    headers: REMOTE_WRITE_HEADERS,
    bodyOf: (timings, sender) => new RemoteWriteBody(vmRangeSeries(timings, sender), true),
    hasOwnSeries: true,
  };
}

/** Not gzipped: it costs InfluxDB more to unpack than to read from the loopback. */
export function influxdbEncoding(url: string): HttpEncoding {
  return {
    key: "influx",
    name: "line protocol",
    url: `${url}/write?db=${INFLUX_DATABASE}&precision=ms`,
    headers: {},
    bodyOf: (timings, sender) => new Stamped(influxLines(timings, sender)),
    hasOwnSeries: true,
  };
}

function remoteSeries(
  { target, operation, outcome, durationsUs, offsetsMs }: BatchSeries,
  sender: string,
): RemoteSeries {
  return {
    labels: { __name__: "timing_ms", operation, outcome, sender, target },
    values: durationsUs.map((durationUs) => durationUs / 1_000),
    offsetsMs,
  };
}
