import { listAttribute, mapAttribute, NO_VALUE } from "./attribute-text.ts";
import {
  jsonDouble,
  type JsonFields,
  jsonInteger,
  jsonList,
  jsonObject,
  jsonText,
} from "./json-fields.ts";
import { OtlpError } from "./otlp-error.ts";
import { MAX_VALUE_DEPTH, MAX_VALUE_LENGTH } from "./otlp-limits.ts";
import type { OtlpAttribute } from "./otlp-model.ts";

/** Reads an `AnyValue`. @throws OtlpError for another shape, or one that nests too deep. */
export function jsonAttributeValue(value: unknown, depth = 0): OtlpAttribute {
  if (depth > MAX_VALUE_DEPTH) {
    throw new OtlpError(`An attribute nests deeper than ${MAX_VALUE_DEPTH} levels.`);
  }
  const fields = jsonObject(value, "An attribute's value");
  const has = (member: string): boolean => (fields[member] ?? null) !== null;
  if (has("stringValue")) {
    return { type: "string", text: jsonText(fields["stringValue"], "stringValue") };
  }
  if (has("boolValue")) return { type: "bool", text: String(fields["boolValue"] === true) };
  if (has("intValue")) return intValue(fields["intValue"]);
  if (has("doubleValue")) {
    return { type: "double", text: String(jsonDouble(fields["doubleValue"])) };
  }
  if (has("arrayValue")) return arrayValue(jsonObject(fields["arrayValue"], "arrayValue"), depth);
  if (has("kvlistValue")) return mapValue(jsonObject(fields["kvlistValue"], "kvlistValue"), depth);
  if (has("bytesValue")) {
    return { type: "bytes", text: jsonText(fields["bytesValue"], "bytesValue") };
  }
  return NO_VALUE;
}

function intValue(value: unknown): OtlpAttribute {
  const integer = jsonInteger(value);
  if (integer === undefined) throw new OtlpError("intValue must be a whole number.");
  return { type: "int", text: String(integer) };
}

function arrayValue({ values }: JsonFields, depth: number): OtlpAttribute {
  return listAttribute(
    firstOf(jsonList(values, "values")).map((item) => jsonAttributeValue(item, depth + 1)),
  );
}

function mapValue({ values }: JsonFields, depth: number): OtlpAttribute {
  const entries = new Map<string, OtlpAttribute>();
  for (const entry of firstOf(jsonList(values, "values"))) {
    const { key, value } = jsonObject(entry, "An entry of kvlistValue");
    entries.set(jsonText(key, "A key of kvlistValue"), jsonAttributeValue(value, depth + 1));
  }
  return mapAttribute(entries);
}

/** As many as can be looked at: a list or a map of more is too long in any case. */
function firstOf(items: readonly unknown[]): readonly unknown[] {
  return items.slice(0, MAX_VALUE_LENGTH + 1);
}
