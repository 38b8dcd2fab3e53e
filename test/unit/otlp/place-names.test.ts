import { describe, expect, it, vi } from "vitest";
import { HostTargets } from "../../../src/otlp/host-targets.ts";
import { PlaceNames } from "../../../src/otlp/place-names.ts";

describe("PlaceNames", () => {
  it("looks a host up once, be it known or not", () => {
    const lookUp = vi.spyOn(HostTargets.prototype, "targetOf");
    const names = new PlaceNames({ "example.com": "example" });
    for (let i = 0; i < 3; i++) {
      expect(names.hostTarget("www.example.com")).toBe("example");
      expect(names.hostTarget("example.org")).toBeUndefined();
    }
    expect(lookUp).toHaveBeenCalledTimes(2);
    lookUp.mockRestore();
  });

  it("makes names of texts, and of some none", () => {
    const names = new PlaceNames({});
    for (let i = 0; i < 2; i++) {
      expect(names.validName("/V1/users")).toBe("v1-users");
      expect(names.validName("{}")).toBeUndefined();
    }
  });
});
