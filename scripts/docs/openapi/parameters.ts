import { MAX_LIST_LENGTH } from "../../../src/api/parse-query.ts";
import { WINDOW_NAMES } from "../../../src/merge/series-state.ts";
import { STEP_NAMES } from "../../../src/api/history-steps.ts";
import { NAME_PATTERN } from "../../../src/names.ts";
import type { JsonSchema } from "../json-schema.ts";
import type { Parameter } from "./route-description.ts";

/** The name of a target, an operation, a rule, a reporter or a tenant. */
export const NAME: JsonSchema = { type: "string", pattern: NAME_PATTERN.source };

/** A point in time, epoch milliseconds. */
export const EPOCH_MS: JsonSchema = { type: "integer", minimum: 0, maximum: 8.64e15 };

const BOOLEAN: JsonSchema = { enum: ["1", "0", "true", "false"] };

/** A parameter of the query. */
export function query(
  name: string,
  description: string,
  schema: JsonSchema,
  more: Pick<Parameter, "isRequired" | "example"> = {},
): Parameter {
  return { name, in: "query", description, schema, ...more };
}

/** A part of the path. */
export function path(
  name: string,
  description: string,
  schema: JsonSchema,
  example: string,
): Parameter {
  return { name, in: "path", isRequired: true, description, schema, example };
}

/** Names separated by commas. */
export function names(name: string, description: string, example: readonly string[]): Parameter {
  const schema: JsonSchema = { type: "array", items: NAME, maxItems: MAX_LIST_LENGTH };
  const text = `${description}, separated by commas.`;
  return { name, in: "query", description: text, schema, isJoined: true, example };
}

/** Words of a list, separated by commas. */
export function choices(name: string, description: string, words: readonly string[]): Parameter {
  const schema: JsonSchema = { type: "array", items: { enum: words } };
  const text = `${description}, separated by commas.`;
  const example = words.slice(0, 2);
  return { name, in: "query", description: text, schema, isJoined: true, example };
}

/** A parameter that may be given several times. */
export function eachName(name: string, description: string, example: readonly string[]): Parameter {
  const schema: JsonSchema = { type: "array", items: NAME, maxItems: MAX_LIST_LENGTH };
  return { name, in: "query", description, schema, example };
}

export const TARGET_IN_PATH = path("target", "The target whose limit it is.", NAME, "meta");

/** The stretch of time of a query. */
export function range(byDefault: string): readonly Parameter[] {
  return [
    query(
      "from",
      `Beginning, epoch milliseconds; by default ${byDefault} before \`to\`.`,
      EPOCH_MS,
    ),
    query("to", "End, exclusive, epoch milliseconds; by default now.", EPOCH_MS),
  ];
}

/** One of the rolling windows. */
export function window(description: string): Parameter {
  return query("window", description, { enum: WINDOW_NAMES });
}

/** How long a point is. */
export function step(byDefault: string): Parameter {
  const description = `Length of a point; \`all\` makes one of the whole range. Default \`${byDefault}\`.`;
  return query("step", description, { enum: STEP_NAMES });
}

/** On or off. */
export function flag(name: string, description: string): Parameter {
  return query(name, description, BOOLEAN, { example: "1" });
}
