import { NAME_PATTERN } from "../../src/names.ts";
import type { JsonSchema } from "./json-schema.ts";
import { anchorOf, code } from "./markdown.ts";

const COMPONENTS = "#/components/schemas/";

/** What a value is, in words; a schema with a name is a link to it. */
export function schemaText(schema: JsonSchema): string {
  const { $ref, anyOf, items, additionalProperties } = schema;
  if ($ref !== undefined) {
    const name = $ref.slice(COMPONENTS.length);
    return `[${name}](#${anchorOf(name)})`;
  }
  if (anyOf !== undefined) return anyOf.map(schemaText).join(" or ");
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined)
    return schema.enum.map((word) => code(JSON.stringify(word))).join(", ");
  if (items !== undefined) return `list of ${schemaText(items)}${countText(schema)}`;
  if (typeof additionalProperties === "object" && schema.properties === undefined) {
    return `object of ${schemaText(additionalProperties)}`;
  }
  if (schema.pattern === NAME_PATTERN.source) return "name";
  const { type = "anything" } = schema;
  const types = typeof type === "string" ? [type] : type;
  return `${types.join(" or ")}${rangeText(schema)}`;
}

/** What it may be, its range, and what it is if it is left out. */
function rangeText({ minimum, maximum, maxLength, pattern }: JsonSchema): string {
  const number = (value: number): string => value.toLocaleString("en");
  if (pattern !== undefined) return ` like ${code(pattern)}`;
  if (minimum !== undefined && maximum !== undefined) {
    return maximum >= Number.MAX_SAFE_INTEGER || maximum === 8.64e15
      ? ` from ${number(minimum)}`
      : ` from ${number(minimum)} to ${number(maximum)}`;
  }
  return maxLength === undefined ? "" : ` of at most ${number(maxLength)} characters`;
}

function countText({ minItems, maxItems }: JsonSchema): string {
  if (maxItems === undefined) return "";
  const most = maxItems.toLocaleString("en");
  return minItems === undefined ? `, at most ${most}` : `, ${minItems} to ${most}`;
}
