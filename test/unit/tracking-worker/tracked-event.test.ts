import { describe, expect, it } from "vitest";
import {
  MAX_VALUE,
  parseEvent,
  PLATFORM_NAMES,
} from "../../../examples/tracking-worker/tracked-event.ts";

const newId = () => "made-up";

describe("parseEvent", () => {
  it("goes to all platforms, under a new id, when nothing else is said", () => {
    expect(parseEvent({ event: "Purchase", other: 1 }, newId)).toEqual({
      ok: true,
      event: {
        event: "Purchase",
        id: "made-up",
        value: undefined,
        platforms: PLATFORM_NAMES,
        maxAttempts: 8,
      },
    });
  });

  it("keeps what it is told", () => {
    const body = {
      event: "Lead",
      id: "a",
      value: 1.5,
      platforms: ["tiktok", "meta"],
      maxAttempts: 2,
      visitor: "3f2c-9_Z",
      channel: "paid-search",
    };
    expect(parseEvent(body, newId)).toEqual({ ok: true, event: body });
  });

  it.each([0, MAX_VALUE])("takes a value of %d", (value) => {
    expect(parseEvent({ event: "x", value }, newId)).toMatchObject({ ok: true, event: { value } });
  });

  it("says how much an event may be worth", () => {
    expect(parseEvent({ event: "x", value: 1e308 }, newId)).toEqual({
      ok: false,
      errors: [{ pointer: "/value", reason: "is above 1000000000" }],
    });
  });

  it.each([
    [{}, "/event"],
    [{ event: "" }, "/event"],
    [{ event: "x".repeat(65) }, "/event"],
    [{ event: 5 }, "/event"],
    [{ event: "x", id: "" }, "/id"],
    [{ event: "x", value: -1 }, "/value"],
    [{ event: "x", value: 1_000_000_001 }, "/value"],
    [{ event: "x", value: 1e308 }, "/value"],
    [{ event: "x", value: Number.POSITIVE_INFINITY }, "/value"],
    [{ event: "x", platforms: [] }, "/platforms"],
    [{ event: "x", platforms: ["meta", "meta"] }, "/platforms"],
    [{ event: "x", platforms: ["meta", "myspace"] }, "/platforms/1"],
    [{ event: "x", maxAttempts: 0 }, "/maxAttempts"],
    [{ event: "x", maxAttempts: 9 }, "/maxAttempts"],
    [{ event: "x", maxAttempts: 1.5 }, "/maxAttempts"],
    [{ event: "x", visitor: "" }, "/visitor"],
    [{ event: "x", visitor: "ada@example.com" }, "/visitor"],
    [{ event: "x", visitor: "Ada Lovelace" }, "/visitor"],
    [{ event: "x", visitor: "a".repeat(65) }, "/visitor"],
    [{ event: "x", visitor: 7 }, "/visitor"],
    [{ event: "x", channel: "Email" }, "/channel"],
    [{ event: "x", channel: "(start)" }, "/channel"],
    [{ event: "x", channel: "c".repeat(33) }, "/channel"],
    [{ event: "x", channel: "__proto__" }, "/channel"],
    [[], "/event"],
    [null, ""],
    ["x", ""],
  ])("refuses %j and points at %s", (body, pointer) => {
    const parsed = parseEvent(body, newId);
    expect(parsed.ok ? [] : parsed.errors.map((error) => error.pointer)).toEqual([pointer]);
  });
});
