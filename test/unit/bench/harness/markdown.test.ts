import fc from "fast-check";
import { expect, it } from "vitest";
import { failedRow } from "../../../../bench/lib/bench-row.ts";
import { markdownOfRows, markdownOfTable } from "../../../../bench/lib/markdown.ts";

/** The cells of a line, as GitHub splits it: at pipes before which the backslashes are paired. */
function cellsOf(line: string): string[] {
  return line
    .replaceAll(/\\[\\|]/gu, "..")
    .split("|")
    .slice(1, -1);
}

it("keeps a cell a cell, whatever is in it", () => {
  const anything = fc.string({ unit: fc.constantFrom("|", "\\", "\n", "\r", "<", "a", " ", "`") });
  const property = fc.property(fc.array(anything, { minLength: 3, maxLength: 3 }), (cells) => {
    const lines = markdownOfTable({ title: "t", columns: ["a", "b", "c"], rows: [cells] })
      .split("\n")
      .slice(2);
    expect(lines).toHaveLength(3);
    expect(lines[2]).not.toContain("\r");
    for (const line of lines) expect(cellsOf(line), line).toHaveLength(3);
  });
  fc.assert(property);
});

it("shows what a measurement broke off with as text in one line", () => {
  const rows = [failedRow("some/part", "Error: a | b\n  at <anonymous> (x.ts:1)\r\nand < 5 ms")];
  expect(markdownOfRows(rows).split("\n")[2]).toBe(
    "| some/part | – | **–** | ✗ failed | – | Error: a \\| b at &lt;anonymous> (x.ts:1) and < 5 ms |",
  );
});

it("drops no cell, and leaves none out, when a row is longer or shorter than the head", () => {
  const rows = [["1", "2", "3"], ["4"]];
  const text = markdownOfTable({ title: "t", columns: ["a", "b"], rows, notes: ["one", "two"] });
  expect(text).toBe(
    "**t**\n\n| a | b |  |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 4 |  |  |\n\n- one\n- two",
  );
});
