import { describe, expect, it } from "vitest";
import { parseStartOptions } from "../../../scripts/lib/start-options.ts";

describe("parseStartOptions", () => {
  it("has a default for everything", () => {
    expect(parseStartOptions([])).toEqual({
      kind: "run",
      options: {
        port: 8787,
        state: ".wrangler/state",
        traffic: true,
        examples: true,
        ratePerSecond: 10,
        webhook: undefined,
        otlp: undefined,
      },
    });
  });

  it("has no traffic without the examples that it goes to", () => {
    expect(parseStartOptions(["--no-examples"])).toMatchObject({
      options: { examples: false, traffic: false },
    });
  });

  it("reads every option", () => {
    const webhook = "http://127.0.0.1:9/hook?x=1";
    const args = ["--port", "9000", "--state=/tmp/x", "--no-traffic", "--rate", "0.5"];
    const otlp = "http://127.0.0.1:4318";
    expect(parseStartOptions([...args, "--webhook", webhook, "--otlp", otlp])).toEqual({
      kind: "run",
      options: {
        port: 9000,
        state: "/tmp/x",
        traffic: false,
        examples: true,
        ratePerSecond: 0.5,
        webhook,
        otlp,
      },
    });
    expect(parseStartOptions(["--help"])).toEqual({ kind: "help" });
  });

  it.each([
    ["--port=0", "--port"],
    ["--port=65536", "--port"],
    ["--port=1e3", "--port"],
    ["--port=", "--port"],
    ["--rate=0", "--rate"],
    ["--rate=201", "--rate"],
    ["--rate=fast", "--rate"],
    ["--rate=", "--rate"],
    ["--state=", "--state"],
    ["--webhook=", "--webhook"],
    ["--webhook=ftp://example.com", "--webhook"],
    ["--webhook=example.com/hook", "--webhook"],
    ["--webhook=https://", "--webhook"],
    ["--webhook=https://user:key@example.com/", "--webhook"],
    ["--otlp=127.0.0.1:4318", "--otlp"],
    ["--otlp=https://user:key@example.com/", "--otlp"],
    ["--verbose", "--verbose"],
    ["stray", "stray"],
  ])("refuses %s and names it", (argument, named) => {
    const parsed = parseStartOptions([argument]);
    expect(parsed.kind === "invalid" ? parsed.message : parsed.kind).toContain(named);
  });
});
