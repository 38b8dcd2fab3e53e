import { describe, expect, test } from "vitest";
import { negotiate } from "../../../src/api/negotiate.ts";

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
