import { describe, expect, it } from "vitest";
import { MAX_SILENCE_MS, parseSilence } from "../../../src/api/parse-silence.ts";
import { orThrow, Problem } from "../../../src/api/problem.ts";
import type { JsonObject } from "../../../src/api/read-body.ts";
import { silenceSchema } from "../../../src/alerts/alert-schema.ts";
import * as v from "valibot";

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;

const BODY: JsonObject = {
  match: { target: "meta" },
  from: NOW - HOUR_MS,
  to: NOW + HOUR_MS,
  by: "Ana Müller",
  why: "Meta muda a API – até 14 h",
};

function faults(more: JsonObject): readonly string[] {
  const parsed = parseSilence({ ...BODY, ...more }, NOW);
  if (!(parsed instanceof Problem)) throw new Error(`taken: ${JSON.stringify(parsed)}`);
  expect(parsed.status).toBe(400);
  return parsed.errors.map(({ pointer, reason }) => `${pointer} ${reason}`);
}

describe("parseSilence", () => {
  it("takes what it is given, from now on unless it says from when, and ignores the rest", () => {
    const { from: _from, ...fromNow } = BODY;
    expect(parseSilence({ ...BODY, id: "x", note: 1 }, NOW)).toEqual(BODY);
    expect(parseSilence(fromNow, NOW)).toEqual({ ...BODY, from: NOW });
    const match = { target: "d1:eu", rule: "d1-slow", severity: "LOW" };
    expect(parseSilence({ ...BODY, match }, NOW)).toEqual({ ...BODY, match });
  });

  it.each([
    { rule: "no-such-rule" },
    { severity: "CRITICAL" },
    { target: "constructor", severity: "HIGH" },
  ])("what it makes of %j can be stored", (match) => {
    const parsed = orThrow(parseSilence({ ...BODY, match }, NOW));
    expect(v.parse(silenceSchema, { ...parsed, id: "1" })).toEqual({ ...BODY, match, id: "1" });
  });

  it("takes the longest silence and the longest texts", () => {
    const to = NOW + MAX_SILENCE_MS;
    const body = { ...BODY, from: NOW, to, by: "x".repeat(80), why: "é".repeat(500) };
    expect(parseSilence(body, NOW)).toEqual(body);
    expect(faults({ from: NOW, to: to + 1 })).toEqual(["/to must be at most 366 days from now"]);
    expect(faults({ from: NOW - HOUR_MS, to })).toEqual([
      "/to must be at most 366 days after from",
    ]);
  });

  it.each([
    [{ match: undefined }, "/match must be an object with at least one of target, rule, severity"],
    [{ match: null }, "/match must be an object with at least one of target, rule, severity"],
    [{ match: [] }, "/match must be an object with at least one of target, rule, severity"],
    [{ match: {} }, "/match must have at least one of target, rule, severity"],
    [
      { match: { taget: "meta" } },
      "/match/taget is not known; there are target, rule, severity; did you mean target?",
    ],
    [
      { match: { target: "meta", "a/b~": 1 } },
      "/match/a~1b~0 is not known; there are target, rule, severity",
    ],
    [
      { match: JSON.parse('{"__proto__":{"target":"meta"}}') as unknown },
      "/match/__proto__ is not",
    ],
    [{ match: { target: "Meta" } }, "/match/target must be a name"],
    [{ match: { target: null } }, "/match/target must be a name"],
    [{ match: { rule: "" } }, "/match/rule must be a name"],
    [{ match: { severity: "critical" } }, "/match/severity must be one of CRITICAL, HIGH"],
    [{ from: "now" }, "/from must be a point in time in whole epoch milliseconds"],
    [{ from: -1 }, "/from must be a point in time"],
    [{ from: null }, "/from must be a point in time"],
    [{ to: undefined }, "/to is required: it must be a point in time"],
    [{ to: NOW + 0.5 }, "/to must be a point in time"],
    [{ to: 9e15 }, "/to must be a point in time"],
    [{ to: NOW - HOUR_MS }, "/to must be after from"],
    [{ to: NOW }, "/to must be in the future"],
    [{ by: undefined }, "/by must be who does it: 1 to 80 printable characters"],
    [{ by: " " }, "/by must be who"],
    [{ by: "a\nb" }, "/by must be who"],
    [{ by: "x\u{202E}y" }, "/by must be who"],
    [{ by: "\uD800" }, "/by must be who"],
    [{ by: "x".repeat(81) }, "/by must be who"],
    [{ by: 7 }, "/by must be who"],
    [{ why: "" }, "/why must say why: 1 to 500 printable characters"],
    [{ why: "x".repeat(501) }, "/why must say why"],
    [{ why: "a\u0000" }, "/why must say why"],
  ])("refuses %j", (more, fault) => {
    const found = faults(more);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(fault);
  });

  it("names every fault at once", () => {
    const pointers = faults({ match: {}, from: 1.5, to: "x", by: 1, why: 2 }).map(
      (fault) => fault.split(" ")[0],
    );
    expect(pointers).toEqual(["/match", "/from", "/to", "/by", "/why"]);
  });
});
