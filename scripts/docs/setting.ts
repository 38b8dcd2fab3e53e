import type { Type } from "typescript/unstable/sync";
import type * as v from "valibot";
import { entryIn, fieldOf, type FieldSchema, fieldsIn, requirementOf } from "./schema-nodes.ts";
import { HIDDEN_SCHEMAS } from "./hidden-schemas.ts";
import { settingMeaning } from "./setting-meaning.ts";
import type { Member, TypeSchemas } from "./type-schemas.ts";

/** One key of the configuration. */
export interface Setting {
  /** As `cadence.watchedMs`; `NAME` stands for a name of one's own. */
  readonly path: string;
  /** What a value must be. */
  readonly allowed: string;
  /** What it is if it is left out, as JSON; undefined for nothing in particular. */
  readonly byDefault: string | undefined;
  readonly isRequired: boolean;
  /** What it means, from the TSDoc of its type. */
  readonly meaning: string;
}

/**
 * The keys below one key, from the schema that checks them and the types that describe them.
 * @param path - of the schema; empty for the whole configuration.
 * @param example - what decides where a schema depends on the value.
 * @throws Error that names a key without a description, or one of which the description says another
 * range or default than the schema.
 */
export function settingsOf(
  types: TypeSchemas,
  schema: v.GenericSchema,
  type: Type,
  path: string,
  example: unknown = {},
): readonly Setting[] {
  return settingsOfFields(types, fieldsIn(schema, example) ?? {}, type, path);
}

/** The same of fields that no schema holds together. */
export function settingsOfFields(
  types: TypeSchemas,
  fields: Readonly<Record<string, v.GenericSchema>>,
  type: Type,
  path: string,
): readonly Setting[] {
  const members = membersOf(types, type);
  return Object.entries(fields).flatMap(([name, one]) => {
    const key = path === "" ? name : `${path}.${name}`;
    const member = members.get(name);
    if (member === undefined) throw new Error(`${key} is in the schema and in no type.`);
    return settingAndBelow(types, fieldOf(one), member, key);
  });
}

function settingAndBelow(
  types: TypeSchemas,
  field: FieldSchema,
  member: Member,
  path: string,
): readonly Setting[] {
  const { inner } = field;
  const entry = HIDDEN_SCHEMAS[path] ?? entryIn(inner);
  const isText = types.alternatives(member.type).some(isString);
  const isGroup = !isText && fieldsIn(inner) !== undefined;
  const own = {
    path,
    allowed: allowedText(types, field, member, isGroup ? undefined : entry),
    byDefault: defaultText(field, isGroup),
    isRequired: field.isRequired && !isGroup,
  };
  const setting = { ...own, meaning: settingMeaning(own, docOf(types, member)) };
  if (isGroup) return [setting, ...settingsOf(types, inner, member.type, path)];
  const value = entry === undefined ? undefined : types.valueType(objectIn(types, member.type));
  if (entry === undefined || value === undefined) return [setting];
  if (entry.type === "unknown") throw new Error(`${path} has entries of which nothing is known.`);
  // Whoever describes a choice among groups does it in a section of its own.
  if (fieldsIn(entry) === undefined) return [setting];
  return [setting, ...settingsOf(types, entry, value, `${path}.NAME`)];
}

/** A group's own description may stand at its type. */
function docOf(types: TypeSchemas, { doc, type }: Member): string {
  return doc === "" ? types.docOf(objectIn(types, type)) : doc;
}

/** @param entry - what the entries of a record are; undefined for no record. */
function allowedText(
  types: TypeSchemas,
  { inner, mayBeNull }: FieldSchema,
  { type }: Member,
  entry: v.GenericSchema | undefined,
): string {
  const isFalse = (one: Type): boolean => one.isLiteralType() && one.value === false;
  const choices = types.alternatives(type);
  const isObject = fieldsIn(inner) !== undefined || entry !== undefined;
  const isPlain = entry !== undefined && fieldsIn(entry) === undefined && entry.type !== "lazy";
  const own = isObject ? "an object" : requirementOf(inner);
  return [
    ...(choices.some(isString) && isObject ? ["a text"] : []),
    isPlain ? `${own}, of which each value is ${requirementOf(entry)}` : own,
    ...(isObject && choices.some(isFalse) ? ["false"] : []),
    ...(mayBeNull && !own.endsWith("null") ? ["null"] : []),
  ].join(", or ");
}

function defaultText({ byDefault, mayBeNull }: FieldSchema, isGroup: boolean): string | undefined {
  if (byDefault !== undefined && !isGroup) return JSON.stringify(byDefault);
  return mayBeNull ? "null" : undefined;
}

function membersOf(types: TypeSchemas, type: Type): ReadonlyMap<string, Member> {
  return new Map(types.members(objectIn(types, type)).map((member) => [member.name, member]));
}

/** Of `LimitRule | false` and its like, what has members. */
function objectIn(types: TypeSchemas, type: Type): Type {
  return types.alternatives(type).find((one) => !one.isLiteralType() && !isNull(one)) ?? type;
}

function isString(type: Type): boolean {
  return type.isIntrinsicType() && type.intrinsicName === "string";
}

function isNull(type: Type): boolean {
  return type.isIntrinsicType() && type.intrinsicName === "null";
}
