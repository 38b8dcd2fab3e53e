import { InvalidArgumentError } from "commander";
import { isName } from "../../names.ts";

const RULE = "1 to 64 of a-z 0-9 _ . : - beginning with a letter or digit";

/** The name of a target or an operation. @throws InvalidArgumentError of commander. */
export function parseName(text: string): string {
  if (isName(text)) return text;
  throw new InvalidArgumentError(`It must be a name: ${RULE}.`);
}

/**
 * Reads names separated by commas, added to those that were given before: each once, in their order.
 * @param max - most names in all.
 * @returns what throws InvalidArgumentError of commander.
 */
export function namesUpTo(
  max: number,
): (text: string, before?: readonly string[]) => readonly string[] {
  return (text, before = []) => {
    const names = text.split(",").map((name) => name.trim());
    if (!names.every(isName)) {
      throw new InvalidArgumentError(`It must be names separated by commas, each ${RULE}.`);
    }
    const all = [...new Set([...before, ...names])];
    if (all.length <= max) return all;
    throw new InvalidArgumentError(`It may be at most ${max} names.`);
  };
}
