import * as v from "valibot";
import type { Setting } from "./setting.ts";

/**
 * Which settings of one group may be at most which others, found by asking the schema: each pair is
 * tried with the first one at its most and the other at its least.
 * @param check - the schema of the whole configuration.
 * @returns by the path of the first, the names of the others.
 */
export function orderedSettings(
  check: v.GenericSchema,
  settings: readonly Setting[],
): ReadonlyMap<string, readonly string[]> {
  const ranged = settings.flatMap((setting) => withRange(setting));
  const found = new Map<string, readonly string[]>();
  for (const low of ranged) {
    const beside = ranged.filter(({ parent, path }) => parent === low.parent && path !== low.path);
    const above = beside.filter((high) => mustNotExceed(check, low, high));
    if (above.length > 0)
      found.set(
        low.path,
        above.map(({ name }) => name),
      );
  }
  return found;
}

interface Ranged {
  readonly path: string;
  readonly parent: string;
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

function withRange({ path, allowed }: Setting): Ranged[] {
  const [, least, most] = /^an integer from ([\d,]+) to ([\d,]+)$/.exec(allowed) ?? [];
  const [parent, name, ...deeper] = path.split(".");
  if (least === undefined || most === undefined) return [];
  if (parent === undefined || name === undefined || deeper.length > 0) return [];
  return [{ path, parent, name, least: numberIn(least), most: numberIn(most) }];
}

function mustNotExceed(check: v.GenericSchema, low: Ranged, high: Ranged): boolean {
  const input = { [low.parent]: { [low.name]: low.most, [high.name]: high.least } };
  const { issues = [] } = v.safeParse(check, input);
  return issues.some(
    (issue) =>
      v.getDotPath(issue) === low.path && issue.message.startsWith(`must be at most ${high.name} `),
  );
}

function numberIn(text: string): number {
  return Number(text.replaceAll(",", ""));
}
