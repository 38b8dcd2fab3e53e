import { createHash } from "node:crypto";

/**
 * The first number of a part that an import made. Checkpoints number those of the coordinator, and
 * do not come near it in a thousand years.
 */
export const FIRST_IMPORT_PART = 2 ** 40;

/** Pieces that one day of a series may be imported in. */
export const MAX_IMPORT_PIECES = 256;

/** Digits of a digest that are used: 44 bits. With the pieces a number stays below 2^53. */
const DIGITS = 11;

/** The numbers of the parts that one import makes of a stretch, both included. */
export interface ImportParts {
  readonly first: number;
  readonly last: number;
}

/**
 * By which numbers an import's parts of an operation are known, and those of the whole target that
 * come of it. They follow from the names alone, so that a repeat replaces what it wrote before, and
 * the parts of two operations stand beside each other in the whole target.
 */
export function importParts(importId: string, operation: string): ImportParts {
  const digest = createHash("sha256").update(`${importId}/${operation}`).digest("hex");
  const number = Number.parseInt(digest.slice(0, DIGITS), 16);
  const first = FIRST_IMPORT_PART + number * MAX_IMPORT_PIECES;
  return { first, last: first + MAX_IMPORT_PIECES - 1 };
}
