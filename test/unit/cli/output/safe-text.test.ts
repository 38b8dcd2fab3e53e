import fc from "fast-check";
import { expect, it } from "vitest";
import { safeJson, safeLines, safeText } from "../../../../src/cli/output/safe-text.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("safe text", process.env["SEED"]);

const HOSTILE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Texts that are full of what must not get through. */
const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    fc.constantFrom(
      "\u001b[2J",
      "\u009b31m",
      "\r",
      "\n",
      "\u202e",
      "\u{e0001}",
      "\ud800",
      "a",
      "é",
    ),
  ),
});

it("shows what could move the cursor or turn text round as its number", () => {
  expect(safeText("\u001b[2Ja\u202eb\n\u009b")).toBe("\\x1b[2Ja\\u{202e}b\\x0a\\x9b");
});

it("lets nothing through that is not printed, and leaves alone what is", () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(safeText(given)).not.toMatch(HOSTILE);
      if (!HOSTILE.test(given)) expect(safeText(given)).toBe(given);
    }),
    { seed },
  );
});

it("keeps the lines of a text of several", () => {
  fc.assert(
    fc.property(fc.array(text.map((line) => line.replaceAll(/[\r\n]/g, ""))), (lines) => {
      const shown = safeLines(lines.join("\n"));
      expect(shown.split("\n")).toEqual(lines.length === 0 ? [""] : lines.map(safeText));
    }),
    { seed },
  );
});

it("writes JSON that parses to the same value, without such a character in it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), text, (value, more) => {
      const given = { value, more };
      const json = safeJson(given);
      expect(json).not.toMatch(HOSTILE);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(given)));
    }),
    { seed },
  );
});
