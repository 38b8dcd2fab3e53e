import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../../src/config.ts";
import {
  ANY_METRIC,
  DEFAULT_HOSTS,
  DEFAULT_METRICS,
  OLD_METRICS,
} from "../../../src/otlp/otlp-defaults.ts";

function faultsOf(otlp: unknown): string {
  try {
    parseConfig({ otlp });
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.faults.map(({ path, reason }) => `${path}: ${reason}`).join("\n");
    }
    throw error;
  }
  return "accepted";
}

describe("the key otlp", () => {
  it("fills in every default", () => {
    expect(parseConfig({}).otlp).toEqual({
      metrics: DEFAULT_METRICS,
      hosts: DEFAULT_HOSTS,
      others: "reject",
    });
  });

  it("knows how an old name is read that the configuration adds", () => {
    const { metrics } = parseConfig({ otlp: { metrics: { "http.server.duration": {} } } }).otlp;
    const { config } = OLD_METRICS.get("http.server.duration") ?? {};
    expect(metrics).toEqual({ ...DEFAULT_METRICS, "http.server.duration": config });
    expect(config).toMatchObject({ unit: "ms", target: "worker", side: "server" });
  });

  it("changes, adds and leaves out metrics by their names, and adds hosts", () => {
    const { metrics, hosts } = parseConfig({
      otlp: {
        metrics: {
          "http.server.request.duration": { target: "api" },
          "http.client.request.duration": false,
          "rpc.client.duration": { unit: "ms", targetFrom: ["rpc.service"] },
          "db.rows": { measure: "rowsRead", target: "d1" },
        },
        hosts: { "example.com": "example", "*": "web", "tiktok.com": "tt" },
      },
    }).otlp;
    const server = DEFAULT_METRICS["http.server.request.duration"];
    expect(metrics).toEqual({
      "http.server.request.duration": { ...server, target: "api" },
      "rpc.client.duration": { ...ANY_METRIC, unit: "ms", targetFrom: ["rpc.service"] },
      "db.rows": { ...ANY_METRIC, measure: "rowsRead", target: "d1" },
    });
    expect(hosts).toEqual({
      ...DEFAULT_HOSTS,
      "example.com": "example",
      "*": "web",
      "tiktok.com": "tt",
    });
  });

  it.each<[unknown, RegExp]>([
    [
      { metrics: { m: { measure: "sizeBytes" } } },
      /^otlp\.metrics\.m\.measure: must be one of rowsRead/,
    ],
    [
      { metrics: { m: { measures: "rowsRead" } } },
      /^otlp\.metrics\.m\.measures: unknown field; did you mean measure\?/,
    ],
    [{ metrics: { m: { unit: "sec" } } }, /^otlp\.metrics\.m\.unit: must be one of s, ms/],
    [{ metrics: { m: { target: "Meta" } } }, /^otlp\.metrics\.m\.target: must be a name/],
    [
      { metrics: { m: { targetFrom: "server.address" } } },
      /^otlp\.metrics\.m\.targetFrom: must be a list/,
    ],
    [
      { metrics: { m: { side: "both" } } },
      /^otlp\.metrics\.m\.side: must be one of client, server/,
    ],
    [{ metrics: { m: true } }, /^otlp\.metrics\.m: must be an object/],
    [
      { metrics: Object.fromEntries(Array.from({ length: 63 }, (_, i) => [`m${i}`, {}])) },
      /at most 64 metrics/,
    ],
    [{ hosts: { "https://example.com": "example" } }, /must be a host's name in lower case/],
    [{ hosts: { "example.com": "Example" } }, /^otlp\.hosts\.example\.com: must be a name/],
    [
      { hosts: Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`h${i}`, "h"])) },
      /at most 256 hosts/,
    ],
    [{ others: "drop" }, /^otlp\.others: must be one of reject, ignore/],
    [{ host: {} }, /^otlp\.host: unknown field; did you mean hosts\?/],
  ])("refuses %j", (otlp, message) => expect(faultsOf(otlp)).toMatch(message));
});
