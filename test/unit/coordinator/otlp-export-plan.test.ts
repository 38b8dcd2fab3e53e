import { describe, expect, it } from "vitest";
import { parseConfig, type TachographConfigInput } from "../../../src/config.ts";
import { planOtlpExport } from "../../../src/coordinator/otlp-export-plan.ts";

const SET = { OTLP_ENDPOINT: "https://otel.example.com", OTLP_HEADERS: "authorization=Bearer%20k" };

function plan(
  otlpExport: TachographConfigInput["otlpExport"],
  secrets: Readonly<Record<string, string>>,
  allowPrivate = false,
) {
  const config = parseConfig(otlpExport === undefined ? {} : { otlpExport });
  return planOtlpExport(config, "acme", (name) => secrets[name], allowPrivate);
}

describe("whether a tenant's totals are pushed", () => {
  it("is decided by the endpoint, if nothing is configured", () => {
    expect(plan(undefined, {})).toEqual({ kind: "off" });
    expect(plan(undefined, { OTLP_ENDPOINT: " " })).toEqual({ kind: "off" });
    const pushed = plan(undefined, SET);
    expect(pushed).toMatchObject({ kind: "push", headers: { authorization: "Bearer k" } });
    expect(pushed.kind === "push" && pushed.url.href).toBe("https://otel.example.com/v1/metrics");
  });

  it("is no if it is switched off, or for other tenants", () => {
    expect(plan({ enabled: false }, SET)).toEqual({ kind: "off" });
    expect(plan({ tenants: ["globex"], enabled: true }, SET)).toEqual({ kind: "off" });
    expect(plan({ tenants: ["globex", "acme"] }, SET)).toMatchObject({ kind: "push" });
  });

  it("is a fault if it is wanted and cannot be, with what to do", () => {
    const missing = plan({ enabled: true, endpointSecret: "MY_COLLECTOR" }, SET);
    expect(missing).toMatchObject({ kind: "faulty" });
    expect(missing.kind === "faulty" && missing.fault).toContain(
      "wrangler secret put MY_COLLECTOR",
    );
    expect(plan({}, { OTLP_ENDPOINT: "http://127.0.0.1:4318" })).toMatchObject({
      kind: "faulty",
      fault: expect.stringContaining("the URL in OTLP_ENDPOINT is http:") as string,
    });
    expect(plan({}, { OTLP_ENDPOINT: "http://127.0.0.1:4318" }, true).kind).toBe("push");
    expect(plan({}, { ...SET, OTLP_HEADERS: "the-key-itself" })).toEqual({
      kind: "faulty",
      fault: 'OTLP_HEADERS has no "=" in header 1; it is written as key=value,key2=value2',
    });
  });
});
