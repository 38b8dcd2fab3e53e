import { Buffer } from "node:buffer";
import type { AttributeSet } from "./attribute-set.ts";
import { listAttribute, mapAttribute, NO_VALUE } from "./attribute-text.ts";
import { OtlpError } from "./otlp-error.ts";
import { OTLP_FIELDS } from "./otlp-fields.ts";
import { MAX_VALUE_DEPTH, MAX_VALUE_LENGTH } from "./otlp-limits.ts";
import type { OtlpAttribute } from "./otlp-model.ts";
import type { ProtobufFields } from "./protobuf-fields.ts";

/** Reads a `KeyValue` into a set. @throws OtlpError */
export function readAttribute(fields: ProtobufFields, into: AttributeSet): void {
  const [key, value] = readPair(fields, 0);
  into.add(key, value);
}

function readPair(fields: ProtobufFields, depth: number): readonly [string, OtlpAttribute] {
  let key = "";
  let value = NO_VALUE;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.keyValue.key) key = fields.text();
    else if (field === OTLP_FIELDS.keyValue.value)
      value = readAnyValue(fields.message("AnyValue"), depth);
  }
  return [key, value];
}

function readAnyValue(fields: ProtobufFields, depth: number): OtlpAttribute {
  if (depth > MAX_VALUE_DEPTH) {
    throw new OtlpError(`An attribute nests deeper than ${MAX_VALUE_DEPTH} levels.`);
  }
  let value = NO_VALUE;
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === OTLP_FIELDS.anyValue.stringValue) value = { type: "string", text: fields.text() };
    else if (field === OTLP_FIELDS.anyValue.boolValue)
      value = { type: "bool", text: String(fields.bool()) };
    else if (field === OTLP_FIELDS.anyValue.intValue)
      value = { type: "int", text: String(fields.int64()) };
    else if (field === OTLP_FIELDS.anyValue.doubleValue)
      value = { type: "double", text: String(fields.double()) };
    else if (field === OTLP_FIELDS.anyValue.arrayValue)
      value = readArray(fields.message("ArrayValue"), depth);
    else if (field === OTLP_FIELDS.anyValue.kvlistValue)
      value = readMap(fields.message("KeyValueList"), depth);
    else if (field === OTLP_FIELDS.anyValue.bytesValue) {
      value = { type: "bytes", text: Buffer.from(fields.bytes()).toString("base64") };
    }
  }
  return value;
}

function readArray(fields: ProtobufFields, depth: number): OtlpAttribute {
  const items: OtlpAttribute[] = [];
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field !== OTLP_FIELDS.arrayValue.values) continue;
    const item = readAnyValue(fields.message("AnyValue"), depth + 1);
    // A list of more is too long in any case.
    if (items.length <= MAX_VALUE_LENGTH) items.push(item);
  }
  return listAttribute(items);
}

function readMap(fields: ProtobufFields, depth: number): OtlpAttribute {
  const entries = new Map<string, OtlpAttribute>();
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field !== OTLP_FIELDS.keyValueList.values) continue;
    const pair = readPair(fields.message("KeyValue"), depth + 1);
    if (entries.size <= MAX_VALUE_LENGTH) entries.set(...pair);
  }
  return mapAttribute(entries);
}
