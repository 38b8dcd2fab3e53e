import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { PLATFORMS } from "../../../examples/platforms/platform.ts";
import { DEFAULT_SETTINGS, settingsSchema } from "../../../examples/platforms/settings.ts";
import { patchSettings } from "../../../examples/platforms/settings-patch.ts";

const META = DEFAULT_SETTINGS.meta;

describe("patchSettings", () => {
  it("changes what is named and nothing else", () => {
    expect(patchSettings(META, { errorRate: 0.5, outage: true })).toEqual({
      ok: true,
      settings: { ...META, errorRate: 0.5, outage: true },
    });
    expect(patchSettings(META, {})).toEqual({ ok: true, settings: META });
  });

  it("leaves a burst that is not named, and takes null for none", () => {
    const strict = { ...META, burst: 10, logEvents: true };
    expect(patchSettings(META, { burst: 10, logEvents: true })).toEqual({
      ok: true,
      settings: strict,
    });
    expect(patchSettings(strict, { errorRate: 0 })).toEqual({
      ok: true,
      settings: { ...strict, errorRate: 0 },
    });
    expect(patchSettings(strict, { burst: null })).toEqual({
      ok: true,
      settings: { ...strict, burst: null },
    });
  });

  it("understands settings that were kept before there was a burst", () => {
    const { burst: _, logEvents: __, ...old } = META;
    expect(v.parse(settingsSchema, old)).toEqual(META);
  });

  it("accepts every default", () => {
    for (const platform of PLATFORMS) {
      const settings = DEFAULT_SETTINGS[platform];
      expect(patchSettings(META, settings)).toEqual({ ok: true, settings });
    }
  });

  it.each([
    [{ errorRate: 1.1 }, "/errorRate"],
    [{ timeoutRate: -0.1 }, "/timeoutRate"],
    [{ medianMs: 0 }, "/medianMs"],
    [{ p99Ms: 30_001 }, "/p99Ms"],
    [{ medianMs: Number.NaN }, "/medianMs"],
    [{ limitPerMinute: 1.5 }, "/limitPerMinute"],
    [{ burst: 0 }, "/burst"],
    [{ burst: 1.5 }, "/burst"],
    [{ burst: "10" }, "/burst"],
    [{ burst: 10_000_001 }, "/burst"],
    [{ logEvents: 1 }, "/logEvents"],
    [{ outage: "yes" }, "/outage"],
    [{ mediaMs: 5 }, "/mediaMs"],
    [{ medianMs: 351 }, "/p99Ms"],
    [[], ""],
    [null, ""],
    ["x", ""],
  ])("refuses %j and points at %s", (body, pointer) => {
    const result = patchSettings(META, body);
    expect(result.ok ? [] : result.errors.map((error) => error.pointer)).toEqual([pointer]);
  });
});
