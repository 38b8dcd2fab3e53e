import { expect, test } from "vitest";
import { isDeepHealth } from "../../../dashboard/src/cards/health/is-deep-health.ts";

const PART = { ok: true, latencyMs: 1, problems: ["slow"], detail: "" };

test("what the server answers is a health, failing or not", () => {
  expect(isDeepHealth({ status: "failing", at: 1, parts: { d1: PART } })).toBe(true);
});

test("what a proxy answers is none", () => {
  for (const answer of [undefined, null, "", {}, { at: 1, parts: [] }, { parts: { d1: PART } }]) {
    expect(isDeepHealth(answer)).toBe(false);
  }
});

test.each([
  ["anything", true],
  ["whether it is well", { ...PART, ok: "yes" }],
  ["how long it took", { ...PART, latencyMs: null }],
  ["its problems", { ...PART, problems: undefined }],
  ["problems in words", { ...PART, problems: [{}] }],
])("a part that does not say %s makes it none", (_, part) => {
  expect(isDeepHealth({ status: "ok", at: 1, parts: { d1: part } })).toBe(false);
});
