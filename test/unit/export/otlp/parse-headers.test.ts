import { describe, expect, it } from "vitest";
import { parseHeaders } from "../../../../src/export/otlp/parse-headers.ts";

describe("headers as OTEL_EXPORTER_OTLP_HEADERS has them", () => {
  it.each([
    ["", {}],
    [" , ", {}],
    ["api-key=abc", { "api-key": "abc" }],
    [
      "Authorization=Bearer%20a%2Cb , x-scope-orgid = tenant=1",
      { authorization: "Bearer a,b", "x-scope-orgid": "tenant=1" },
    ],
    ["authorization=Basic YWJjOmQ=", { authorization: "Basic YWJjOmQ=" }],
    ["a=", { a: "" }],
  ])("reads %j", (text, headers) => {
    expect(parseHeaders(text)).toEqual({ ok: true, headers });
  });

  it("takes a name that every object has for one of its own", () => {
    const parsed = parseHeaders("__proto__=secret-value");
    expect(parsed.ok && Object.entries(parsed.headers)).toEqual([["__proto__", "secret-value"]]);
  });

  it.each([
    ["secret-value", 'no "=" in header 1'],
    ["a=b,=secret-value", "of header 2"],
    ["a b=secret-value", "of header 1"],
    ["a=secret-value%zz", "value in header 1"],
    ["a=secret-value%0d%0ahost:x", "value in header 1"],
    ["a=secret-valueé", "value in header 1"],
    ["Content-Type=secret-value", "content-type, which the request sets itself"],
    ["host=secret-value", "host, which the request sets itself"],
    ["a=secret-value".padEnd(8_193, "x"), "more than 8192 characters"],
    [Array.from({ length: 33 }, (_, i) => `h${i}=secret-value`).join(","), "more than 32 headers"],
  ])("refuses %j and repeats no value", (text, why) => {
    const parsed = parseHeaders(text);
    expect(parsed).toMatchObject({ ok: false });
    const problem = parsed.ok ? "" : parsed.problem;
    expect(problem).toContain(why);
    expect(problem).toContain("key=value,key2=value2");
    expect(problem).not.toContain("secret-value");
  });
});
