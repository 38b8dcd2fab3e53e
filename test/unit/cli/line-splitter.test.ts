import fc from "fast-check";
import { expect, it } from "vitest";
import { LineSplitter } from "../../../src/cli/line-splitter.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("lines", process.env["SEED"]);

it("finds the same lines however the text is cut, and keeps nothing of those too long", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\n", "\r\n"), maxLength: 60 });
  const cuts = fc.array(fc.nat({ max: 80 }), { maxLength: 10 });
  fc.assert(
    fc.property(text, cuts, fc.integer({ min: 0, max: 12 }), (whole, places, maxLength) => {
      const ends = [0, ...places.toSorted((left, right) => left - right), whole.length];
      const pieces = ends
        .slice(1)
        .map((end, i) => whole.slice(ends[i], Math.max(end, ends[i] ?? 0)));
      const splitter = new LineSplitter(maxLength);
      const lines = [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
      const expected = whole.split("\n").map((line) => line.replace(/\r$/, ""));
      if (whole === "" || whole.endsWith("\n")) expected.pop();
      expect(lines).toEqual(
        expected.map((line, i) => {
          const isTooLong = line.length > maxLength;
          return { number: i + 1, text: isTooLong ? "" : line, isTooLong };
        }),
      );
    }),
    { seed, numRuns: 1_000 },
  );
});
