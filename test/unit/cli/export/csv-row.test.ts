import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvRow } from "../../../../src/cli/export/csv-row.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("rows of CSV", process.env["SEED"]);

/** Reads one row as RFC 4180 defines it. */
function read(row: string): string[] {
  const cells: string[] = [];
  let rest = row;
  for (;;) {
    const [whole = "", quoted, plain = ""] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))/.exec(rest) ?? [];
    cells.push(quoted?.replaceAll('""', '"') ?? plain);
    rest = rest.slice(whole.length);
    if (rest === "\r\n") return cells;
    if (!rest.startsWith(",")) throw new Error(`no separator at ${JSON.stringify(rest)}`);
    rest = rest.slice(1);
  }
}

describe("csvRow", () => {
  it("quotes what needs it, and leaves empty what is not there", () => {
    expect(csvRow(["a", 'say "hi"', "x,y", "two\nlines", 1.5, null, undefined, 0])).toBe(
      'a,"say ""hi""","x,y","two\nlines",1.5,,,0\r\n',
    );
  });

  it.each(["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", " =1", "|x", "%x"])(
    "makes %j harmless",
    (text) => {
      expect(read(csvRow([text]))).toEqual([`'${text}`]);
    },
  );

  it("keeps numbers as numbers, also below zero", () => {
    expect(csvRow([-1.25, 1e-7])).toBe("-1.25,1e-7\r\n");
    expect(() => csvRow([NaN])).toThrow(RangeError);
  });

  it("is read back cell by cell, and no cell is a formula", () => {
    const cell = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.string({
        unit: fc.constantFrom("=", '"', ",", "\r", "\n", " ", "a", "+", "@", "\t"),
        maxLength: 12,
      }),
    );
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), (cells) => {
        const back = read(csvRow(cells));
        expect(back.map((text, i) => (text === `'${cells[i]}` ? text.slice(1) : text))).toEqual(
          cells,
        );
        for (const text of back) expect(text.trimStart()).not.toMatch(/^[=+\-@]/);
      }),
      { seed },
    );
  });
});
