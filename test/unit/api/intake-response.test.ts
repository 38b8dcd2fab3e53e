import { describe, expect, it } from "vitest";
import { isRepeat, type TargetOutcome } from "../../../src/api/intake.ts";
import { intakeResponse } from "../../../src/api/intake-response.ts";

const NOTHING = { accepted: 0, duplicate: false, rejected: [] };

function outcome(accepted: number, duplicate: boolean): TargetOutcome {
  const answer = { ok: true, accepted, duplicate, rejected: {}, rejectedAt: [], flushMs: 250 };
  return { target: "meta", answer: { ...answer, ok: true } };
}

describe("isRepeat", () => {
  const [counted, repeated, refused] = [outcome(1, false), outcome(0, true), outcome(0, false)];
  it.each([
    ["nothing", [], false],
    ["counted now", [counted], false],
    ["counted before", [repeated, repeated], true],
    ["partly counted before", [counted, repeated], false],
    ["counted before but for a target that was and is refused", [refused, repeated], true],
    ["refused", [refused], false],
  ])("%s", (_, outcomes, expected) => {
    expect(isRepeat(outcomes)).toBe(expected);
  });
});

describe("intakeResponse", () => {
  it("is 422 when all was refused, with the same fields", async () => {
    const rejected = [{ index: 0, reason: "too_old" as const }];
    const response = intakeResponse({ ...NOTHING, rejected });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ accepted: 0, duplicate: false, rejected });
  });

  it.each([
    ["something was counted", { ...NOTHING, accepted: 1 }],
    ["it was counted before", { ...NOTHING, duplicate: true }],
    ["there was nothing to count and nothing to refuse", { ...NOTHING, rows: 3 }],
  ])("is 200 when %s", async (_, body) => {
    const response = intakeResponse(body);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(body);
  });
});
