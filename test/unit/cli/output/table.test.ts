import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import { paintFor } from "../../../../src/cli/output/colour.ts";
import { renderTable } from "../../../../src/cli/output/table.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("tables", process.env["SEED"]);
const plain = paintFor(false);
const coloured = paintFor(true);

const COLUMNS = [
  { title: "target", isFlexible: true },
  { title: "count", align: "right" },
  { title: "why", isFlexible: true, rank: 1 },
  { title: "p95", align: "right", rank: 2 },
] as const;

const row = fc.tuple(
  fc.string({ maxLength: 60, size: "max" }),
  fc.nat().map(String),
  fc.string({ maxLength: 60, size: "max" }),
  fc.nat({ max: 9_999 }).map(String),
);

it("aligns columns, numbers to the right, with titles above", () => {
  const table = renderTable(
    COLUMNS.slice(0, 2),
    [
      ["meta", "7"],
      ["a-long-name", "1200"],
    ],
    {
      width: undefined,
      paint: plain,
    },
  );
  expect(table).toBe("target       count\nmeta             7\na-long-name   1200");
});

it("cuts nothing off in a pipe", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), (rows) => {
      const table = renderTable(COLUMNS, rows, { width: undefined, paint: plain });
      expect(table).not.toContain("…");
      expect(table.split("\n")).toHaveLength(rows.length + 1);
      for (const [, count] of rows) expect(table).toContain(count);
    }),
    { seed },
  );
});

it("has no wider line either where there is no room for what should not be cut", () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 8, max: 39 }),
      (rows, width) => {
        const lines = renderTable(COLUMNS, rows, { width, paint: plain }).split("\n");
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      },
    ),
    { seed },
  );
});

it("has no line that is wider than the terminal, from 40 columns on, and cuts no number", () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1 }),
      fc.integer({ min: 40, max: 200 }),
      (rows, width) => {
        const lines = renderTable(COLUMNS, rows, { width, paint: plain }).split("\n");
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        for (const [index, [, count]] of rows.entries()) expect(lines[index + 1]).toContain(count);
      },
    ),
    { seed },
  );
});

it("stands the same with colours and without", () => {
  fc.assert(
    fc.property(fc.array(row), fc.option(fc.integer({ min: 40, max: 200 })), (rows, width) => {
      const cells = rows.map(([name, ...rest]) => [{ text: name, style: "red" as const }, ...rest]);
      const options = { width: width ?? undefined };
      expect(
        stripVTControlCharacters(renderTable(COLUMNS, cells, { ...options, paint: coloured })),
      ).toBe(renderTable(COLUMNS, cells, { ...options, paint: plain }));
    }),
    { seed },
  );
});

it("makes texts safe", () => {
  const table = renderTable([{ title: "name" }], [["\u001b[2J\n"]], { width: 80, paint: plain });
  expect(table).toBe("name\n\\x1b[2J\\x0a");
});
