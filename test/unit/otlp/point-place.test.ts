import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isName } from "../../../src/names.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import { callOutcome } from "../../../src/otlp/call-outcome.ts";
import { hostTarget } from "../../../src/otlp/host-target.ts";
import { ANY_METRIC, DEFAULT_HOSTS, DEFAULT_METRICS } from "../../../src/otlp/otlp-defaults.ts";
import type { OtlpAttribute, OtlpAttributes } from "../../../src/otlp/otlp-model.ts";
import { PointFault } from "../../../src/otlp/point-fault.ts";
import { pointPlace } from "../../../src/otlp/point-place.ts";
import { validName } from "../../../src/otlp/valid-name.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("point place", process.env["SEED"]);

function attributesOf(values: Readonly<Record<string, string | number>>): OtlpAttributes {
  const entries = Object.entries(values).map(([key, value]): [string, OtlpAttribute] => [
    key,
    { type: typeof value === "string" ? "string" : "int", text: String(value) },
  ]);
  return { values: new Map(entries), fault: undefined };
}

function place(
  values: Readonly<Record<string, string | number>>,
  metric = ANY_METRIC,
  hosts = DEFAULT_HOSTS,
): unknown {
  const found = pointPlace([attributesOf(values)], metric, hosts);
  if (found instanceof PointFault) return found.reason;
  return `${found.target}/${found.operation}/${OUTCOMES[found.outcome]}`;
}

describe("validName", () => {
  it("always is a name, or nothing", () => {
    const property = fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const name = validName(text);
      if (name === undefined) expect(text).not.toMatch(/[a-zA-Z0-9]/);
      else expect(isName(name)).toBe(true);
    });
    fc.assert(property, { seed });
  });

  it("leaves names as they are", () => {
    const property = fc.property(fc.stringMatching(/^[a-z0-9][a-z0-9_.:]{0,63}$/), (name) => {
      expect(validName(name)).toBe(name);
    });
    fc.assert(property, { seed });
  });

  it("keeps long texts apart that begin alike", () => {
    const [one, other] = [validName(`${"a".repeat(80)}1`), validName(`${"a".repeat(80)}2`)];
    expect(one).toHaveLength(64);
    expect(one).not.toBe(other);
  });

  it.each([
    ["/v1/users/{id}", "v1-users-id"],
    ["GET", "get"],
    ["_OTHER", "other"],
    ["[::1]", "1"],
    ["café.example", "caf-.example"],
    ["{}", undefined],
  ])("makes %s a name", (text, name) => expect(validName(text)).toBe(name));
});

describe("hostTarget", () => {
  it.each([
    ["graph.facebook.com", "meta"],
    ["facebook.com", "meta"],
    ["GRAPH.Facebook.Com.", "meta"],
    ["notfacebook.com", "notfacebook.com"],
    ["facebook.com.evil.example", "facebook.com.evil.example"],
    ["region1.google-analytics.com", "google"],
    ["googleads.googleapis.com", "google"],
    ["storage.googleapis.com", "storage.googleapis.com"],
    ["business-api.tiktok.com", "tiktok"],
    ["api.pinterest.com", "pinterest"],
    ["ads-api.reddit.com", "reddit"],
    ["api.linkedin.com", "linkedin"],
    ["capi.uet.microsoft.com", "microsoft"],
    ["tr.snapchat.com", "snap"],
    ["capi.spotify.com", "spotify"],
    ["127.0.0.1", "127.0.0.1"],
    ["constructor", "constructor"],
  ])("takes %s for %s", (host, target) => expect(hostTarget(host, DEFAULT_HOSTS)).toBe(target));

  it("goes by the longest name, and by * for all others", () => {
    const hosts = { "example.com": "example", "api.example.com": "example-api", "*": "web" };
    expect(hostTarget("www.example.com", hosts)).toBe("example");
    expect(hostTarget("eu.api.example.com", hosts)).toBe("example-api");
    expect(hostTarget("example.org", hosts)).toBe("web");
    expect(hostTarget("com", hosts)).toBe("web");
  });
});

describe("callOutcome", () => {
  it.each<[string | undefined, string | undefined, string, string]>([
    [undefined, undefined, "ok", "ok"],
    ["200", undefined, "ok", "ok"],
    ["304", undefined, "ok", "ok"],
    ["404", undefined, "error", "ok"],
    ["404", "404", "error", "error"],
    ["408", undefined, "timeout", "ok"],
    ["429", undefined, "rate_limited", "ok"],
    ["429", "429", "rate_limited", "error"],
    ["500", "500", "error", "error"],
    ["504", undefined, "timeout", "error"],
    [undefined, "504", "timeout", "error"],
    [undefined, "timeout", "timeout", "timeout"],
    [undefined, "TimeoutError", "timeout", "timeout"],
    [undefined, "AbortError", "timeout", "timeout"],
    [undefined, "ETIMEDOUT", "timeout", "timeout"],
    [undefined, "UND_ERR_HEADERS_TIMEOUT", "timeout", "timeout"],
    [undefined, "java.net.SocketTimeoutException", "timeout", "timeout"],
    [undefined, "context.deadlineExceededError", "timeout", "timeout"],
    [undefined, "ECONNREFUSED", "error", "error"],
    [undefined, "_OTHER", "error", "error"],
    ["200", "TypeError", "error", "error"],
  ])(
    "of status %s and error %s is %s to a client, %s to a server",
    (status, type, client, server) => {
      expect(callOutcome("client", status, type)).toBe(client);
      expect(callOutcome("server", status, type)).toBe(server);
    },
  );
});

describe("pointPlace", () => {
  const call = { "server.address": "graph.facebook.com", "http.request.method": "POST" };

  it("goes by host, template or method, and status", () => {
    expect(place(call)).toBe("meta/post/ok");
    expect(place({ ...call, "url.template": "/{pixel}/events" })).toBe("meta/pixel-events/ok");
    expect(place({ ...call, "http.response.status_code": 429 })).toBe("meta/post/rate_limited");
    expect(place({ "server.address": "example.com" })).toBe("example.com/call/ok");
  });

  it("goes by its own attributes before all others", () => {
    const own = { "tachograph.target": "kv.sessions", "tachograph.operation": "get" };
    expect(place({ ...call, ...own, "tachograph.outcome": "miss" })).toBe("kv.sessions/get/miss");
  });

  it("looks for attributes at the point, then around it", () => {
    const [point, scope, resource] = [
      attributesOf({ "http.request.method": "GET" }),
      attributesOf({ "http.request.method": "PUT", "tachograph.operation": "scoped" }),
      attributesOf({ "tachograph.target": "ours", "tachograph.operation": "all" }),
    ];
    const found = pointPlace([point, scope, resource], ANY_METRIC, DEFAULT_HOSTS);
    expect(found).toEqual({ target: "ours", operation: "scoped", outcome: 0 });
  });

  it("files what a server answers under worker", () => {
    const metric = DEFAULT_METRICS["http.server.request.duration"];
    const values = { "http.route": "/orders/:id", "http.response.status_code": 404 };
    expect(place({ ...values, "server.address": "us.example" }, metric)).toBe(
      "worker/orders-:id/ok",
    );
  });

  it.each<[string, Readonly<Record<string, string | number>>]>([
    ["bad_target", {}],
    ["bad_target", { "server.address": "{}" }],
    ["bad_target", { ...call, "tachograph.target": "Not A Name" }],
    ["bad_operation", { ...call, "tachograph.operation": "*" }],
    ["bad_outcome", { ...call, "tachograph.outcome": "fine" }],
  ])("refuses with %s: %j", (reason, values) => expect(place(values)).toBe(reason));
});
