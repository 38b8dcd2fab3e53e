import { durationText } from "./duration-text.ts";
import { code } from "./markdown.ts";
import type { Setting } from "./setting.ts";

/**
 * A row of a table for each setting.
 * @param sections - links, by path, for values that a section of their own is about.
 */
export function settingRows(
  settings: readonly Setting[],
  sections: Readonly<Record<string, string>> = {},
): readonly (readonly string[])[] {
  return settings.map((setting) => {
    const { path, allowed, meaning } = setting;
    const section = sections[path];
    const value = section === undefined ? allowed : `${allowed}: ${section}`;
    return [code(path), value, defaultCell(setting), meaning];
  });
}

/** A default as people read it. */
export function defaultCell({
  path,
  byDefault,
  isRequired,
}: Pick<Setting, "path" | "byDefault" | "isRequired">): string {
  if (isRequired) return "required";
  if (byDefault === undefined) return "";
  const isLarge = /^\d{4,}$/.test(byDefault);
  const shown = code(isLarge ? Number(byDefault).toLocaleString("en") : byDefault);
  const duration = path.endsWith("Ms") ? durationText(Number(byDefault)) : undefined;
  return duration === undefined ? shown : `${shown} (${duration})`;
}
