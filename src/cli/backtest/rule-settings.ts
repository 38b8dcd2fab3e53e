import { InvalidArgumentError } from "commander";
import { parseDuration } from "../args/parse-duration.ts";

/** A rule as `POST /v1/rules/backtest` takes it. */
export type RuleFields = Readonly<Record<string, unknown>>;

type ParsedSettings =
  | { readonly ok: true; readonly fields: RuleFields }
  /** A sentence that says which setting cannot be read, and how it is to be written. */
  | { readonly ok: false; readonly problem: string };

/** What `operations` may be instead of a list. */
const OPERATION_WORDS = ["whole", "each"];

/**
 * Reads `NAME=VALUE` settings of a rule: numbers, `true`, `false`, `null` and JSON are what they
 * are, a duration where the name ends in `Ms` may have a unit, names of targets and operations are
 * separated by commas, and anything else is a text. Whether a rule has such a field is for the
 * server to say.
 */
export function parseSettings(settings: readonly string[]): ParsedSettings {
  const fields = new Map<string, unknown>();
  for (const setting of settings) {
    const [, name, value = ""] = /^([A-Za-z]\w{0,63})=(.*)$/s.exec(setting) ?? [];
    if (name === undefined) {
      const given = JSON.stringify(setting);
      const problem = `--set takes NAME=VALUE, as thresholdMs=800 or forMs=5m; it is ${given}.`;
      return { ok: false, problem };
    }
    if (fields.has(name)) return { ok: false, problem: `--set gives ${name} more than once.` };
    fields.set(name, valueOf(name, value));
  }
  return { ok: true, fields: Object.fromEntries(fields) };
}

/**
 * A rule with some fields set. Where that is its threshold alone, the one at which it recovers goes
 * with it, since the old one might lie on the wrong side.
 * @returns the rule, and the field that was left out for that; undefined if there was none.
 */
export function withSettings(
  base: RuleFields,
  fields: RuleFields,
): { readonly rule: RuleFields; readonly leftOut: string | undefined } {
  const set = Object.keys(fields).find((name) => name.startsWith("threshold")) ?? "";
  const recovery = set.replace(/^threshold/, "recoveryThreshold");
  const isLeftOut = recovery !== "" && recovery in base && !(recovery in fields);
  const kept = Object.entries(base).filter(([name]) => !(isLeftOut && name === recovery));
  const rule = { ...Object.fromEntries(kept), ...fields };
  return { rule, leftOut: isLeftOut ? recovery : undefined };
}

function valueOf(name: string, text: string): unknown {
  const json = readJson(text);
  if (json !== undefined) return json;
  const durationMs = name.endsWith("Ms") ? readDuration(text) : undefined;
  if (durationMs !== undefined) return durationMs;
  const isList = name === "targets" || (name === "operations" && !OPERATION_WORDS.includes(text));
  return isList ? text.split(",").map((entry) => entry.trim()) : text;
}

/** JSON has no undefined, so this stands for a text that is none. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readDuration(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined;
    throw error;
  }
}
