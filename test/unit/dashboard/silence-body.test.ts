import { expect, test } from "vitest";
import { parseSilence } from "../../../src/api/parse-silence.ts";
import { silenceBody } from "../../../dashboard/src/cards/alerts/silences/silence-body.ts";

const NOW = 1_795_290_000_000;
const draft = {
  target: "meta",
  rule: "",
  severity: "",
  length: "2h",
  until: "",
  by: " ana ",
  why: "maintenance",
} as const;

test("what is left empty is not matched, and the time counts from now", () => {
  expect(silenceBody(draft, NOW)).toEqual({
    match: { target: "meta" },
    to: NOW + 7_200_000,
    by: "ana",
    why: "maintenance",
  });
});

test("a moment of choice is the end, in this browser's time", () => {
  const until = "2026-11-22T18:30";
  const body = silenceBody({ ...draft, length: "until", until }, NOW);
  expect(body.to).toBe(new Date(2026, 10, 22, 18, 30).getTime());
});

test("the server takes what the form makes", () => {
  const full = { ...draft, rule: "error-rate-high", severity: "HIGH", length: "30m" } as const;
  expect(parseSilence({ ...silenceBody(full, NOW) }, NOW)).toEqual({
    match: { target: "meta", rule: "error-rate-high", severity: "HIGH" },
    from: NOW,
    to: NOW + 1_800_000,
    by: "ana",
    why: "maintenance",
  });
});

test("without a moment there is no end, for the server to say that one is required", () => {
  expect(silenceBody({ ...draft, length: "until" }, NOW)).not.toHaveProperty("to");
});
