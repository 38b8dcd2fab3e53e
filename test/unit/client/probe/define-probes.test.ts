import { describe, expect, it } from "vitest";
import { defineProbes } from "../../../../src/client/probe/define-probes.ts";
import type { Probe } from "../../../../src/client/probe/probe.ts";

interface Env {
  readonly DB: Pick<D1Database, "prepare">;
}

const SQL = { sql: "SELECT 1", database: (env: Env) => env.DB, max: 0 };
const HTTP = { url: "https://shop.example.com/health" };

function faultOf(probe: unknown, name = "it"): string {
  try {
    defineProbes<Env>({ [name]: probe as Probe<Env> });
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
  return "";
}

describe("probes are defined", () => {
  it("with what they need, in their order, under the target probe", () => {
    const set = defineProbes<Env>({ "lost-leads": SQL, site: HTTP });
    expect(set.target).toBe("probe");
    expect([...set.probes]).toEqual([
      ["lost-leads", SQL],
      ["site", HTTP],
    ]);
    expect(defineProbes<Env>({}, { target: "probe.shop" }).target).toBe("probe.shop");
  });

  it.each([
    { ...SQL, sql: "\n  /* name: lost */ -- those\n WITH a AS (SELECT 1) SELECT * FROM a" },
    { ...SQL, max: undefined, min: -1, everyMs: 3_600_000, timeoutMs: 30_000, required: true },
    { ...SQL, min: 0, params: () => [1] },
    { ...SQL, sql: "/* it's */ VALUES (1); -- one" },
    { ...HTTP, method: "HEAD", expectStatus: 301, maxMs: 300 },
    { ...HTTP, url: () => "https://x.example", expectStatus: [200, 399] },
  ])("as %j", (probe) => {
    expect(faultOf(probe)).toBe("");
  });

  it.each([
    [null, "must be an object with sql or url"],
    [{}, "must have one of sql and url"],
    [{ ...SQL, ...HTTP }, "must have one of sql and url"],
    [{ ...SQL, thresold: 1 }, "thresold is an unknown field; there are everyMs, timeoutMs, sql,"],
    [{ ...HTTP, max: 1 }, "max is an unknown field; there are everyMs, timeoutMs, url, fetcher,"],
    [{ ...SQL, sql: "" }, "sql must be one SELECT, or WITH and a SELECT"],
    [{ ...SQL, sql: "DELETE FROM leads" }, "sql must be one SELECT, or WITH and a SELECT"],
    [
      { ...SQL, sql: "SELECT 1; DELETE FROM leads" },
      "sql must be one SELECT, or WITH and a SELECT",
    ],
    [
      { ...SQL, sql: "WITH x AS (SELECT 1) DELETE FROM leads RETURNING id" },
      "sql must be one SELECT, or WITH and a SELECT",
    ],
    [
      { ...SQL, sql: "/* SELECT */ DROP TABLE leads" },
      "sql must be one SELECT, or WITH and a SELECT",
    ],
    [{ ...SQL, sql: `SELECT ${"1".repeat(1_000_000)}` }, "sql must be at most 100000 bytes"],
    [{ ...SQL, sql: " ".repeat(1_000_000) }, "sql must be at most 100000 bytes"],
    [{ ...SQL, sql: `SELECT '${"é".repeat(50_000)}'` }, "sql must be at most 100000 bytes"],
    [{ ...SQL, params: [1] }, "params must be a function"],
    [{ ...SQL, database: {} }, "database must be a function"],
    [{ ...SQL, database: undefined }, "database must be a function"],
    [{ ...SQL, max: undefined }, "min or max is missing"],
    [{ ...SQL, max: Number.NaN }, "min and max must be finite numbers"],
    [{ ...SQL, min: "0" }, "min and max must be finite numbers"],
    [{ ...SQL, min: 2, max: 1 }, "min (2) must be at most max (1)"],
    [{ ...SQL, required: 1 }, "required must be true or false"],
    [{ ...SQL, everyMs: 0 }, "everyMs must be whole minutes, 60000 to 3600000"],
    [{ ...SQL, everyMs: 90_000 }, "everyMs must be whole minutes"],
    [{ ...SQL, everyMs: 7_200_000 }, "everyMs must be whole minutes"],
    [{ ...SQL, timeoutMs: 0 }, "timeoutMs must be 10 to 30000"],
    [{ ...SQL, timeoutMs: 60_000 }, "timeoutMs must be 10 to 30000"],
    [{ url: "/health" }, "url must be an absolute URL"],
    [{ url: "ftp://example.com" }, "url must be an absolute URL of http: or https:"],
    [{ ...HTTP, method: "POST" }, "method must be GET or HEAD"],
    [{ ...HTTP, expectStatus: 99 }, "expectStatus must be a status"],
    [{ ...HTTP, expectStatus: [299, 200] }, "expectStatus must be a status"],
    [{ ...HTTP, expectStatus: [200] }, "expectStatus must be a status"],
    [{ ...HTTP, expectStatus: "200" }, "expectStatus must be a status"],
    [{ ...HTTP, maxMs: 0 }, "maxMs must be 1 to 30000"],
    [{ ...HTTP, fetcher: {} }, "fetcher must be a function"],
  ])("never as %j", (probe, fault) => {
    expect(faultOf(probe)).toContain(`Probes are at fault. it: ${fault}`);
  });

  it("all faults at once, by names that may be operations' names", () => {
    const message = faultOf({ ...HTTP, maxMs: 0, expectStatus: 1 }, "Lost leads");
    expect(message).toContain('"Lost leads" is no name');
    expect(message).toContain("Lost leads: maxMs");
    expect(message).toContain("Lost leads: expectStatus");
    expect(() => defineProbes<Env>({}, { target: "*" })).toThrow('target: "*" is no name');
  });

  it("64 of them at most, as many as a target has operations", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, HTTP]));
    expect(defineProbes<Env>(many(64)).probes.size).toBe(64);
    expect(() => defineProbes<Env>(many(65))).toThrow("65 probes, at most 64 fit a target");
  });
});
