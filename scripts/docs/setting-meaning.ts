import type { Setting } from "./setting.ts";

const RANGE =
  /[,;]? ?(?:an integer )?(?:from )?(-?\d[\d,]*\d|\d)(?: \([^)]*\))? to (-?\d[\d,]*\d|\d)(?: \([^)]*\))?/;

const DEFAULT = /Default (?:`([^`]+)`|([\d,]+|true|false|null)(?![\d.]*\d))/;

/**
 * What a setting means: its TSDoc without the range and the default that stand beside it anyway,
 * which must be those of the schema.
 * @throws Error that names the setting if it has no description, or one that is not true.
 */
export function settingMeaning(
  setting: Pick<Setting, "path" | "allowed" | "byDefault">,
  doc: string,
): string {
  const { path } = setting;
  const meaning = withoutDefault(setting, withoutRange(setting, doc))
    // To where a reader of the source is led.
    .replace(/ ?See [A-Z]\w+\.$/, "")
    .replaceAll(/ {2,}/g, " ")
    .trim();
  if (/\p{L}/u.test(meaning)) return meaning;
  throw new Error(`${path} has no description: write a TSDoc at its type.`);
}

function withoutRange({ path, allowed }: Pick<Setting, "path" | "allowed">, doc: string): string {
  const [, least, most] = / from (-?[\d,]+)(?: \(closed\))? to (-?[\d,]+)/.exec(allowed) ?? [];
  const [text, from, to] = RANGE.exec(doc) ?? [];
  if (least === undefined || text === undefined) return doc;
  if (from === least && to === most) return doc.replace(text, "");
  throw new Error(`The TSDoc of ${path} says ${from} to ${to}, the schema ${least} to ${most}.`);
}

function withoutDefault(
  { path, byDefault }: Pick<Setting, "path" | "byDefault">,
  doc: string,
): string {
  const [, quoted, plain] = DEFAULT.exec(doc) ?? [];
  const said = quoted ?? plain?.replaceAll(",", "");
  // A list's default is told in more words than one.
  if (byDefault === undefined || said === undefined || byDefault.startsWith("[")) return doc;
  if (said !== byDefault && JSON.stringify(said) !== byDefault) {
    throw new Error(
      `The TSDoc of ${path} says that its default is ${said}, the schema ${byDefault}.`,
    );
  }
  // With its reason behind it, it stays.
  return doc.replace(new RegExp(`${DEFAULT.source}(?: \\([^)]*\\))?\\.`), "");
}
