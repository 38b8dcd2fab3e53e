import { describe, expect, it } from "vitest";
import {
  badRequest,
  forbidden,
  internalError,
  invalidBody,
  invalidQuery,
  methodNotAllowed,
  misconfigured,
  notAcceptable,
  notFound,
  orThrow,
  payloadTooLarge,
  Problem,
  problemResponse,
  tooManyRequests,
  unauthorized,
  unavailable,
  unknownLease,
  unprocessable,
  unsupportedMediaType,
} from "../../../src/api/problem.ts";

describe("problemResponse", () => {
  it("is RFC 9457 problem details", async () => {
    const errors = [{ pointer: "/timings", reason: "must be a list" }];
    const response = problemResponse(invalidBody("It is not this shape.", errors));
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      type: "urn:tachograph:problem:invalid-body",
      title: "Invalid body",
      status: 400,
      detail: "It is not this shape.",
      errors,
    });
  });

  it("leaves errors out where the body was not at fault", async () => {
    expect(await problemResponse(notFound("No such path.")).json()).not.toHaveProperty("errors");
  });

  it("carries extension members, which cannot replace a standard one", async () => {
    const extensions = { accepted: 0, duplicate: false, rejected: [], status: 200 };
    const body = await problemResponse(unprocessable("Nothing valid.", { extensions })).json();
    expect(body).toMatchObject({ accepted: 0, duplicate: false, rejected: [], status: 422 });
  });

  it.each([
    [badRequest("d"), 400, {}],
    [invalidQuery("from", "is required"), 400, {}],
    [unauthorized("d", false), 401, { "www-authenticate": 'Bearer realm="tachograph"' }],
    [
      unauthorized("d", true),
      401,
      { "www-authenticate": 'Bearer realm="tachograph", error="invalid_token"' },
    ],
    [forbidden("d"), 403, { "www-authenticate": null }],
    [
      forbidden("d", "read"),
      403,
      { "www-authenticate": 'Bearer realm="tachograph", error="insufficient_scope", scope="read"' },
    ],
    [notFound("d"), 404, {}],
    [unknownLease("d"), 404, { "retry-after": null }],
    [methodNotAllowed("PUT", ["GET", "POST"]), 405, { allow: "GET, POST" }],
    [notAcceptable(["application/json"]), 406, {}],
    [payloadTooLarge("d"), 413, {}],
    [unsupportedMediaType("d", { accept: "text/plain" }), 415, { accept: "text/plain" }],
    [unprocessable("d"), 422, {}],
    [tooManyRequests("d", 1), 429, { "retry-after": "1" }],
    [tooManyRequests("d", 0), 429, { "retry-after": "1" }],
    [tooManyRequests("d", 30_001), 429, { "retry-after": "31" }],
    [internalError(), 500, {}],
    [unavailable("d", 1), 503, { "retry-after": "1" }],
    [unavailable("d", 0), 503, { "retry-after": "1" }],
    [unavailable("d", 1001), 503, { "retry-after": "2" }],
    [misconfigured("d"), 503, { "retry-after": null }],
  ])("%s has status %i and its headers", (problem, status, headers) => {
    const response = problemResponse(problem);
    expect(response.status).toBe(status);
    expect(problem.title).not.toBe("");
    for (const [name, value] of Object.entries(headers))
      expect(response.headers.get(name)).toBe(value);
  });
});

describe("orThrow", () => {
  it("throws a problem and returns anything else", () => {
    const problem = notFound("No such path.");
    expect(() => orThrow(problem)).toThrow(problem);
    expect(orThrow(undefined)).toBeUndefined();
    const value: string = orThrow<string>("value");
    expect(value).toBe("value");
    expect(problem).toBeInstanceOf(Problem);
    expect(problem.message).toBe("No such path.");
  });
});
