import fc from "fast-check";
import { expect, it } from "vitest";
import {
  FIRST_IMPORT_PART,
  importParts,
  MAX_IMPORT_PIECES,
} from "../../../src/merge/import-part.ts";

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_.:-]{0,63}$/);

it("numbers the parts of an import beyond those of checkpoints, and exactly", () => {
  fc.assert(
    fc.property(name, name, (importId, operation) => {
      const { first, last } = importParts(importId, operation);
      expect(first).toBeGreaterThanOrEqual(FIRST_IMPORT_PART);
      expect(last - first + 1).toBe(MAX_IMPORT_PIECES);
      expect(Number.isSafeInteger(last)).toBe(true);
      // D1 binds parameters as floating-point numbers; between two of them there is a whole one.
      expect(last + 1).toBeGreaterThan(last);
      expect(importParts(importId, operation)).toEqual({ first, last });
    }),
  );
});

it("gives two imports, and two operations of one, parts that have none in common", () => {
  const pair = fc.tuple(name, name);
  fc.assert(
    fc.property(pair, pair, (one, other) => {
      fc.pre(one.join("/") !== other.join("/"));
      const [left, right] = [importParts(...one), importParts(...other)];
      expect(left.last < right.first || right.last < left.first).toBe(true);
    }),
  );
});

it("keeps the numbers that are stored", () => {
  expect(importParts("nightly", "events").first).toBe(2_985_193_129_190_656);
});
