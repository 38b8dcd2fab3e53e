import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isName } from "../../../src/names.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import { callOutcome } from "../../../src/otlp/call-outcome.ts";
import { HostTargets } from "../../../src/otlp/host-targets.ts";
import {
  ANY_METRIC,
  DEFAULT_HOSTS,
  DEFAULT_METRICS,
  OLD_METRICS,
} from "../../../src/otlp/otlp-defaults.ts";
import type { OtlpAttribute, OtlpAttributes } from "../../../src/otlp/otlp-model.ts";
import { PlaceNames } from "../../../src/otlp/place-names.ts";
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
  const found = pointPlace([attributesOf(values)], metric, new PlaceNames(hosts));
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
    ["a--b--", "a--b"],
    [`a${"-".repeat(4_000)}`, "a"],
    ["{}", undefined],
  ])("makes %s a name", (text, name) => expect(validName(text)).toBe(name));
});

describe("HostTargets", () => {
  it.each([
    ["graph.facebook.com", "meta"],
    ["facebook.com", "meta"],
    ["GRAPH.Facebook.Com.", "meta"],
    ["notfacebook.com", undefined],
    ["facebook.com.evil.example", undefined],
    ["region1.google-analytics.com", "google"],
    ["googleads.googleapis.com", "google"],
    ["storage.googleapis.com", undefined],
    ["business-api.tiktok.com", "tiktok"],
    ["api.pinterest.com", "pinterest"],
    ["ads-api.reddit.com", "reddit"],
    ["api.linkedin.com", "linkedin"],
    ["capi.uet.microsoft.com", "microsoft"],
    ["tr.snapchat.com", "snap"],
    ["capi.spotify.com", "spotify"],
    ["127.0.0.1", undefined],
    ["constructor", undefined],
    ["__proto__", undefined],
  ])("takes %s for %s", (host, target) => {
    expect(new HostTargets(DEFAULT_HOSTS).targetOf(host)).toBe(target);
  });

  it("goes by the longest name, and by * for all others", () => {
    const all = { "example.com": "example", "api.example.com": "example-api", "*": "web" };
    const hosts = new HostTargets(all);
    expect(hosts.targetOf("www.example.com")).toBe("example");
    expect(hosts.targetOf("eu.api.example.com")).toBe("example-api");
    expect(hosts.targetOf("example.org")).toBe("web");
    expect(hosts.targetOf("com")).toBe("web");
  });

  it("takes no host for one whose name it merely ends in", () => {
    const hosts = new HostTargets({ "facebook.com": "meta" });
    expect(hosts.targetOf("notfacebook.com")).toBeUndefined();
    expect(hosts.targetOf("not.facebook.com")).toBe("meta");
  });

  it("finds a name below any others, however many", () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,4}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
    const property = fc.property(name, name, fc.array(name), (known, other, below) => {
      const hosts = new HostTargets({ [known]: "known" });
      expect(hosts.targetOf([...below, known].join("."))).toBe("known");
      const isBelow = `.${other}`.endsWith(`.${known}`);
      expect(hosts.targetOf(other)).toBe(isBelow ? "known" : undefined);
    });
    fc.assert(property, { seed });
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
    expect(place({ "server.address": "facebook.com" })).toBe("meta/call/ok");
  });

  it("takes the hosts of no target together, each as an operation", () => {
    expect(place({ ...call, "server.address": "Example.com." })).toBe("http/example.com/ok");
    expect(place({ ...call, "server.address": "10.0.3.17", "url.template": "/a" })).toBe(
      "http/10.0.3.17/ok",
    );
    const own = { "server.address": "d1.example.com", "tachograph.operation": "charge" };
    expect(place(own)).toBe("http/charge/ok");
    expect(place({ ...call, "server.address": "a.example" }, ANY_METRIC, { "*": "web" })).toBe(
      "web/post/ok",
    );
  });

  it("makes a target of any other attribute that the configuration names", () => {
    const metric = { ...ANY_METRIC, targetFrom: ["peer.service", "server.address"] };
    expect(place({ ...call, "peer.service": "Check Out" }, metric)).toBe("check-out/post/ok");
    expect(place(call, metric)).toBe("meta/post/ok");
  });

  it("reads the attributes of the old names", () => {
    const old = OLD_METRICS.get("http.client.duration")?.config;
    const values = {
      "net.peer.name": "graph.facebook.com",
      "http.method": "GET",
      "http.status_code": 503,
    };
    expect(place(values, old)).toBe("meta/get/error");
    expect(place({ ...values, "net.peer.name": "a.example" }, old)).toBe("http/a.example/error");
    const server = OLD_METRICS.get("http.server.duration")?.config;
    expect(place({ ...values, "http.route": "/o" }, server)).toBe("worker/o/error");
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
    const found = pointPlace([point, scope, resource], ANY_METRIC, new PlaceNames({}));
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
    ["bad_target", { "server.address": "a".repeat(254) }],
    ["bad_target", { ...call, "tachograph.target": "Not A Name" }],
    ["bad_operation", { ...call, "tachograph.operation": "*" }],
    ["bad_outcome", { ...call, "tachograph.outcome": "fine" }],
  ])("refuses with %s: %j", (reason, values) => expect(place(values)).toBe(reason));
});
