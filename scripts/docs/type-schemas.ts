import { API, type Checker, type Project, type Symbol, type Type } from "typescript/unstable/sync";
import { ObjectFlags, SymbolFlags, TypeFlags } from "typescript/unstable/sync";
import { basename, join, relative } from "node:path";
import { described, type JsonSchema } from "./json-schema.ts";

/** Where components are referred to. */
const COMPONENTS = "#/components/schemas/";

/** A member of a type, as its source says it. */
export interface Member {
  readonly name: string;
  readonly type: Type;
  /** Its TSDoc, or an empty text. */
  readonly doc: string;
  readonly isOptional: boolean;
  /** The file of its declaration, below the root. */
  readonly file: string;
}

/**
 * Reads the types of `src` with the compiler that checks them, so that what is written about an
 * answer or a setting is what the code says of it: names, types and TSDoc. Call `close` at the end.
 */
export class TypeSchemas {
  readonly #api: API;
  readonly #rootDir: string;
  readonly #project: Project;
  /** By name; the key of a type is its declaration, as two files may use one name. */
  readonly #components = new Map<string, { readonly declaredAt: string; schema: JsonSchema }>();

  /** @throws Error if the project cannot be opened. */
  constructor(rootDir: string) {
    this.#rootDir = rootDir;
    this.#api = new API({ cwd: rootDir });
    const configFile = join(rootDir, "tsconfig.json");
    const project = this.#api.updateSnapshot({ openProjects: [configFile] }).getProjects()[0];
    if (project === undefined) throw new Error(`${configFile} cannot be opened.`);
    this.#project = project;
  }

  close(): void {
    this.#api.close();
  }

  /** The components that were referred to so far, by name. */
  components(): Readonly<Record<string, JsonSchema>> {
    const entries = [...this.#components].map(([name, { schema }]) => [name, schema] as const);
    return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
  }

  /**
   * A type that a file declares, imports or sees as a global one.
   * @param file - below the root, as `src/config.ts`.
   * @throws Error if there is none.
   */
  typeOf(file: string, name: string): Type {
    const source = this.#project.program.getSourceFile(join(this.#rootDir, file));
    const symbol =
      source === undefined
        ? undefined
        : this.#checker.resolveName(name, SymbolFlags.Type, source, false);
    if (symbol === undefined) throw new Error(`There is no type ${name} in ${file}.`);
    const isAlias = (symbol.flags & SymbolFlags.Alias) !== 0;
    return this.#checker.getDeclaredTypeOfSymbol(
      isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol,
    );
  }

  /** The JSON Schema of a type, as `typeOf` finds it. */
  schemaOf(file: string, name: string): JsonSchema {
    return this.#schema(this.typeOf(file, name));
  }

  /** Adds a component that no single type is, and refers to it. */
  component(name: string, schema: JsonSchema): JsonSchema {
    this.#components.set(name, { declaredAt: name, schema });
    return { $ref: `${COMPONENTS}${name}` };
  }

  /**
   * The members of an object type, for what is answered with some beside them.
   * @returns a schema that is not among the components.
   */
  objectOf(file: string, name: string): JsonSchema {
    return this.#object(this.typeOf(file, name));
  }

  /** The members of an object type, in the order of the source. */
  members(type: Type): readonly Member[] {
    return this.#checker.getPropertiesOfType(type).flatMap((symbol) => {
      const of = this.#checker.getTypeOfSymbol(symbol);
      if (of === undefined) return [];
      const doc = this.#doc(symbol);
      const file = relative(this.#rootDir, symbol.declarations[0]?.path ?? "");
      return [{ name: symbol.name, type: of, doc, isOptional: isOptional(symbol), file }];
    });
  }

  /** The types that a type is one of, without undefined; one that is no union is itself. */
  alternatives(type: Type): readonly Type[] {
    const types = type.isUnionType() ? type.getTypes() : [type];
    return types.filter((one) => (one.flags & TypeFlags.Undefined) === 0);
  }

  /** What a record's values, or a list's entries, are; undefined for neither. */
  valueType(type: Type): Type | undefined {
    if (this.#checker.isArrayLikeType(type)) return this.#entryType(type);
    return this.#checker.getIndexInfosOfType(type)[0]?.valueType;
  }

  /** The TSDoc of the interface or alias that a type is called by. */
  docOf(type: Type): string {
    const symbol = type.getAliasSymbol() ?? type.getSymbol();
    return symbol === undefined ? "" : this.#doc(symbol);
  }

  get #checker(): Checker {
    return this.#project.checker;
  }

  #doc(symbol: Symbol): string {
    const text = plainText(symbol.getDocumentationComment(this.#checker));
    const file = symbol.declarations[0]?.path;
    return text.replaceAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g, (name) => this.#constant(name, file) ?? name);
  }

  /** The value of a constant that a TSDoc links to: whoever reads a page cannot follow it. */
  #constant(name: string, file: string | undefined): string | undefined {
    const source = file === undefined ? undefined : this.#project.program.getSourceFile(file);
    if (source === undefined) return undefined;
    const symbol = this.#checker.resolveName(name, SymbolFlags.Value, source, true);
    if (symbol === undefined) return undefined;
    const isAlias = (symbol.flags & SymbolFlags.Alias) !== 0;
    const type = this.#checker.getTypeOfSymbol(
      isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol,
    );
    return type?.isNumberLiteralType() === true ? type.value.toLocaleString("en") : undefined;
  }

  #schema(type: Type): JsonSchema {
    const named = this.#nameOf(type);
    if (named === undefined) return this.#unnamed(type);
    const { name, declaredAt, doc } = named;
    if (!this.#components.has(name)) {
      const component = { declaredAt, schema: {} };
      // There before its members are read: one of them may lead back to it.
      this.#components.set(name, component);
      const schema = this.#inline(type);
      component.schema = doc === "" ? schema : described(schema, doc);
    }
    return { $ref: `${COMPONENTS}${name}` };
  }

  /** A union with null or undefined may be of a type that has a name. */
  #unnamed(type: Type): JsonSchema {
    const isMissing = (one: Type): boolean =>
      (one.flags & (TypeFlags.Null | TypeFlags.Undefined)) !== 0;
    const types = type.isUnionType() ? type.getTypes() : [];
    const present = types.some(isMissing) ? this.#checker.getNonNullableType(type) : undefined;
    if (present === undefined || this.#nameOf(present) === undefined) return this.#inline(type);
    const schema = this.#schema(present);
    const hasNull = types.some((one) => (one.flags & TypeFlags.Null) !== 0);
    return hasNull ? orNull(schema) : schema;
  }

  /** What a type is called among the components; undefined for one without a name of its own. */
  #nameOf(
    type: Type,
  ): { readonly name: string; readonly declaredAt: string; readonly doc: string } | undefined {
    const symbol = type.getAliasSymbol() ?? this.#interfaceOf(type);
    const declaration = symbol?.declarations[0];
    if (symbol === undefined || declaration === undefined) return undefined;
    if (type.getAliasTypeArguments().length > 0) return undefined;
    const file = relative(this.#rootDir, declaration.path);
    if (!file.startsWith("src/")) return undefined;
    const declaredAt = `${file}#${symbol.name}`;
    const isTaken = (this.#components.get(symbol.name)?.declaredAt ?? declaredAt) !== declaredAt;
    const name = isTaken ? `${inPascalCase(basename(file, ".ts"))}${symbol.name}` : symbol.name;
    return { name, declaredAt, doc: this.#doc(symbol) };
  }

  #interfaceOf(type: Type): Symbol | undefined {
    if (!type.isObjectType() || (type.objectFlags & ObjectFlags.Interface) === 0) return undefined;
    return type.getSymbol();
  }

  #inline(type: Type): JsonSchema {
    if (type.isUnionType()) return this.#union(type.getTypes());
    if (type.isLiteralType()) return { const: type.value };
    if (type.isIntrinsicType()) return intrinsicSchema(type.intrinsicName);
    if (this.#checker.isArrayLikeType(type)) {
      return { type: "array", items: this.#schema(this.#entryType(type)) };
    }
    if (type.isObjectType() || type.isIntersectionType()) return this.#object(type);
    throw new Error(`There is no JSON Schema for the type ${this.#checker.typeToString(type)}.`);
  }

  #entryType(type: Type): Type {
    const [entry] = type.isTypeReference() ? this.#checker.getTypeArguments(type) : [];
    if (entry !== undefined) return entry;
    throw new Error(`It is not known what ${this.#checker.typeToString(type)} is a list of.`);
  }

  #object(type: Type): JsonSchema {
    const members = this.members(type);
    const value = this.#checker.getIndexInfosOfType(type)[0]?.valueType;
    const properties = members.map(({ name, type: of, doc }) => {
      const schema = this.#schema(of);
      return [name, doc === "" ? schema : described(schema, doc)] as const;
    });
    const required = members.filter((one) => !one.isOptional).map(({ name }) => name);
    return {
      type: "object",
      ...(members.length > 0 || value === undefined
        ? { properties: Object.fromEntries(properties) }
        : {}),
      ...(required.length > 0 ? { required } : {}),
      ...(value === undefined ? {} : { additionalProperties: this.#schema(value) }),
    };
  }

  /** Literals become one `enum`, and null joins what it stands beside. */
  #union(types: readonly Type[]): JsonSchema {
    const defined = types.filter((one) => (one.flags & TypeFlags.Undefined) === 0);
    const isNull = (one: Type): boolean => (one.flags & TypeFlags.Null) !== 0;
    const hasNull = defined.some(isNull);
    const literals = defined.filter((one) => one.isLiteralType());
    const others = defined.filter((one) => !isNull(one) && !one.isLiteralType());
    const schemas = [
      ...(literals.length === 0 ? [] : [literalSchema(literals.map(({ value }) => value))]),
      ...others.map((one) => this.#schema(one)),
    ];
    const [only] = schemas;
    if (only !== undefined && schemas.length === 1) return hasNull ? orNull(only) : only;
    return { anyOf: hasNull ? [...schemas, { type: "null" }] : schemas };
  }
}

function isOptional(symbol: Symbol): boolean {
  return (symbol.flags & SymbolFlags.Optional) !== 0;
}

function intrinsicSchema(name: string): JsonSchema {
  switch (name) {
    case "string":
    case "number":
    case "boolean":
    case "null":
      return { type: name };
    case "unknown":
    case "any":
      return {};
    default:
      throw new Error(`There is no JSON Schema for the type ${name}.`);
  }
}

function literalSchema(values: readonly unknown[]): JsonSchema {
  if (values.length === 2 && values.every((value) => typeof value === "boolean")) {
    return { type: "boolean" };
  }
  if (values.length === 1) return { const: values[0] };
  return { enum: values.toSorted(byValue) };
}

function byValue(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left) < String(right) ? -1 : 1;
}

function orNull(schema: JsonSchema): JsonSchema {
  if (schema.enum !== undefined) return { enum: [...schema.enum, null] };
  if (typeof schema.type === "string" && schema.$ref === undefined) {
    return { ...schema, type: [schema.type, "null"] };
  }
  return { anyOf: [schema, { type: "null" }] };
}

function inPascalCase(name: string): string {
  return name
    .split("-")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

/** The text of a TSDoc without its links and line breaks. */
function plainText(doc: string): string {
  return doc
    .replaceAll(/\{@link ([^}]+)\}/g, "`$1`")
    .replaceAll(/\s*\n\s*/g, " ")
    .trim();
}
