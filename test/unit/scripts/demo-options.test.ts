import { describe, expect, it } from "vitest";
import { DEMO_HELP, parseDemoOptions } from "../../../scripts/lib/demo-options.ts";

describe("parseDemoOptions", () => {
  it("has a default for everything", () => {
    expect(parseDemoOptions([])).toEqual({
      kind: "run",
      options: { platform: "pinterest", state: ".wrangler/state", patienceMs: 60_000 },
    });
  });

  it("reads every option, and names each in its help", () => {
    const args = ["--platform", "meta", "--state=/tmp/x", "--for", "5"];
    expect(parseDemoOptions(args)).toEqual({
      kind: "run",
      options: { platform: "meta", state: "/tmp/x", patienceMs: 5_000 },
    });
    expect(parseDemoOptions(["--help"])).toEqual({ kind: "help" });
    for (const option of ["--platform", "--state", "--for", "--help"]) {
      expect(DEMO_HELP).toContain(option);
    }
  });

  it.each([
    ["--platform=facebook", "--platform"],
    ["--platform=", "--platform"],
    ["--state=", "--state"],
    ["--for=0", "--for"],
    ["--for=3601", "--for"],
    ["--for=1.5", "--for"],
    ["--for=", "--for"],
    ["--port", "--port"],
    ["stray", "stray"],
  ])("refuses %s and names it", (argument, named) => {
    const parsed = parseDemoOptions([argument]);
    expect(parsed.kind === "invalid" ? parsed.message : parsed.kind).toContain(named);
  });
});
