import * as v from "valibot";

/** A field as its schema stands in a group. */
export interface FieldSchema {
  /** What it holds once it is given. */
  readonly inner: v.GenericSchema;
  /** What it is if it is left out; undefined for nothing in particular. */
  readonly byDefault: unknown;
  readonly isRequired: boolean;
  readonly mayBeNull: boolean;
}

/** Takes off what makes a field optional or nullable. */
export function fieldOf(schema: v.GenericSchema): FieldSchema {
  const field = { inner: schema, byDefault: undefined, isRequired: true, mayBeNull: false };
  let outer: FieldSchema = field;
  for (;;) {
    const { inner } = outer;
    const wrapped = schemaAt(inner, "wrapped") ?? wrappedFirst(inner);
    if (wrapped === undefined) return outer;
    const isNullable = inner.type === "nullable";
    outer = {
      inner: wrapped,
      byDefault: outer.byDefault ?? Reflect.get(inner, "default") ?? undefined,
      isRequired: outer.isRequired && isNullable,
      mayBeNull: outer.mayBeNull || isNullable,
    };
  }
}

/** A transform behind an optional field, as of one that is undefined where it is left out. */
function wrappedFirst(schema: v.GenericSchema): v.GenericSchema | undefined {
  const [first] = pipeOf(schema);
  return first !== undefined && first !== schema && schemaAt(first, "wrapped") !== undefined
    ? first
    : undefined;
}

/** The fields of a `group`; undefined for any other schema. */
export function fieldsIn(
  schema: v.GenericSchema,
  example: unknown = {},
): Readonly<Record<string, v.GenericSchema>> | undefined {
  for (const part of pipeOf(opened(schema, example))) {
    const inner = part === schema ? part : opened(part, example);
    const entries: unknown = Reflect.get(inner, "entries");
    if (inner.type === "loose_object" || inner.type === "object") return schemasIn(entries);
    if (inner === part) continue;
    const deeper = fieldsIn(inner, example);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** What the entries of a `recordOf` are; undefined for any other schema. */
export function entryIn(schema: v.GenericSchema): v.GenericSchema | undefined {
  for (const part of pipeOf(schema)) {
    const value = part.type === "map" ? schemaAt(part, "value") : schemaAt(part, "entry");
    if (value !== undefined) return value;
    const deeper = part === schema ? undefined : entryIn(part);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/**
 * What a value must be, in the words of the message about one that is not: what the documentation
 * says and what somebody is told who made a mistake are then the same.
 */
export function requirementOf(schema: v.GenericSchema): string {
  const entry = pipeOf(schema).flatMap((part) => schemaAt(part, "item") ?? [])[0];
  return entry === undefined
    ? ownRequirement(schema)
    : `${ownRequirement(schema)}, each ${requirementOf(entry)}`;
}

function ownRequirement(schema: v.GenericSchema): string {
  // No schema takes a function.
  const { issues = [] } = v.safeParse(schema, () => undefined);
  const [message] = issues.map((issue) => issue.message);
  if (message === undefined) throw new Error(`The schema ${schema.type} takes anything.`);
  return withSeparators(message.replace(/^must be /, "").replace(/, got (?:a )?function$/, ""));
}

/** `60000` of `from 100 to 60000` as people write it. */
export function withSeparators(text: string): string {
  const number = (digits: string): string => Number(digits).toLocaleString("en");
  return text.replaceAll(/(?<=(?:from|to|most) -?)\d{4,16}\b|\d{4,16}(?= to )/g, number);
}

/** A lazy schema as it is for this value. */
function opened(schema: v.GenericSchema, example: unknown): v.GenericSchema {
  const getter: unknown = Reflect.get(schema, "getter");
  if (schema.type !== "lazy" || typeof getter !== "function") return schema;
  const inner: unknown = getter(example);
  if (!isSchema(inner)) throw new Error("A lazy schema gives no schema.");
  return opened(inner, example);
}

/** The schemas of a pipe, of which the first is what it reads; without a pipe the schema itself. */
function pipeOf(schema: v.GenericSchema): readonly v.GenericSchema[] {
  const pipe: unknown = Reflect.get(schema, "pipe");
  return Array.isArray(pipe) ? pipe.filter(isSchema) : [schema];
}

function schemaAt(schema: v.GenericSchema, key: string): v.GenericSchema | undefined {
  const value: unknown = Reflect.get(schema, key);
  return isSchema(value) ? value : undefined;
}

function schemasIn(entries: unknown): Readonly<Record<string, v.GenericSchema>> {
  if (typeof entries !== "object" || entries === null) return {};
  const all = Object.entries(entries).filter((entry): entry is [string, v.GenericSchema] =>
    isSchema(entry[1]),
  );
  return Object.fromEntries(all);
}

function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === "object" && value !== null && Reflect.get(value, "kind") === "schema";
}
