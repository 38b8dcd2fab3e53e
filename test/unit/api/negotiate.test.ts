import { describe, expect, test } from "vitest";
import { negotiate } from "../../../src/api/negotiate.ts";
import { EXPOSITION_FORMATS } from "../../../src/export/exposition.ts";

const OFFERED = ["application/json", "text/markdown", "text/html"] as const;

describe("of JSON, Markdown and HTML", () => {
  test.each([
    [null, "application/json"],
    ["", "application/json"],
    ["*/*", "application/json"],
    ["application/json", "application/json"],
    ["Text/HTML", "text/html"],
    ["text/*", "text/markdown"],
    ["text/markdown;charset=utf-8", "text/markdown"],
    // What browsers send.
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"],
    ["application/json;q=0.5, text/markdown;q=0.501", "text/markdown"],
    ["text/html; q=0.2 , */* ; q=0.1", "text/html"],
    ["text/html;level=1;q=0.3, text/markdown;q=0.2", "text/html"],
    // The more specific range counts, whatever its quality.
    ["text/*, text/markdown;q=0.1, application/json;q=0.5", "text/html"],
    ["*/*, application/json;q=0", "text/markdown"],
    ["image/png, text/html;q=0.001", "text/html"],
    // What cannot be read takes nothing, and costs nothing of the rest.
    ["text, ;q=1, /, text/html", "text/html"],
    ["text/markdown;q=2, text/html;q=0.1", "text/html"],
  ])("%j gets %s", (accept, expected) => {
    expect(negotiate(accept, OFFERED)).toBe(expected);
  });

  test.each([
    "image/png",
    "application/xml, text/plain",
    "*/*;q=0",
    "text/html;q=0.000",
    "json",
    ",",
  ])("%j gets nothing", (accept) => {
    expect(negotiate(accept, OFFERED)).toBeUndefined();
  });

  test("a header of any length is read as far as its first ranges", () => {
    expect(negotiate(`${"a/b,".repeat(63)}text/html`, OFFERED)).toBe("text/html");
    expect(negotiate(`${"a/b,".repeat(100_000)}text/html`, OFFERED)).toBeUndefined();
  });
});

describe("of the formats of metrics", () => {
  const offered = EXPOSITION_FORMATS.map(({ mediaType }) => mediaType);
  const PROTOBUF =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

  function chosen(accept: string | null): string | undefined {
    const mediaType = negotiate(accept, offered);
    return EXPOSITION_FORMATS.find((format) => format.mediaType === mediaType)?.name;
  }

  test.each([
    // Prometheus 2.42, without and with native histograms.
    [
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      "openMetrics",
    ],
    [
      `${PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      "protobuf",
    ],
    // 2.5x, with the order of scrape_protocols.
    [
      "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      "openMetrics",
    ],
    [
      "text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.2",
      "text",
    ],
    // 3.x, which says how it would have names escaped.
    [
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      "openMetrics",
    ],
    [
      `${PROTOBUF};escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.2`,
      "protobuf",
    ],
    ["text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3", "text"],
    // Older scrapers.
    [
      "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5",
      "openMetricsDraft",
    ],
    ['application/openmetrics-text; version="0.0.1"', "openMetricsDraft"],
    ["application/openmetrics-text", "openMetrics"],
    ["application/openmetrics-text;charset=utf-8", "openMetrics"],
    ["application/*", "openMetrics"],
    [PROTOBUF.toLowerCase(), "protobuf"],
    // A browser, curl, and who says nothing.
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text"],
    ["*/*", "text"],
    ["text/plain", "text"],
    [null, "text"],
    ["", "text"],
    // The more specific range counts.
    ["*/*, text/plain;version=0.0.4;q=0", "openMetrics"],
    [
      "application/openmetrics-text;version=1.0.0;q=0.1, application/openmetrics-text;q=0.9",
      "openMetricsDraft",
    ],
    ["*/*;q=0.9, application/openmetrics-text;q=0.1, text/plain;q=0", "protobuf"],
  ])("%j gets %s", (accept, expected) => {
    expect(chosen(accept)).toBe(expected);
  });

  test.each([
    "image/png",
    "application/openmetrics-text;version=2.0.0",
    "text/plain;version=1.0.0",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=compact-text",
    "application/vnd.google.protobuf;proto=other.Message;encoding=delimited",
  ])("%j gets nothing that is named", (accept) => {
    expect(chosen(accept)).toBeUndefined();
  });
});
