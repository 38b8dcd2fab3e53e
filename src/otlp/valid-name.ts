import { fnv1a } from "../fnv1a.ts";
import { MAX_NAME_LENGTH } from "../names.ts";

const DIGEST_DIGITS = 8;

/**
 * Makes a name out of any text: lower case, with a `-` for each run of characters that names do not
 * have. One that would be too long ends in a digest of the text, so that two of them stay two.
 * @returns undefined if there is no letter and no digit in it.
 */
export function validName(text: string): string | undefined {
  const name = withoutLastDashes(
    text
      .toLowerCase()
      .replace(/[^a-z0-9_.:-]+/g, "-")
      .replace(/^[^a-z0-9]+/, ""),
  );
  if (name === "") return undefined;
  if (name.length <= MAX_NAME_LENGTH) return name;
  return `${name.slice(0, MAX_NAME_LENGTH - DIGEST_DIGITS - 1)}-${digest(text)}`;
}

/** No regular expression: `/-+$/` tries each dash of a long run in vain. */
function withoutLastDashes(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === "-") end -= 1;
  return text.slice(0, end);
}

function digest(text: string): string {
  return fnv1a(text).toString(16).padStart(DIGEST_DIGITS, "0");
}
