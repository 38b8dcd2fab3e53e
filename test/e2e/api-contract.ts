import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";

const FILE = join(import.meta.dirname, "../../docs/openapi.json");

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: {
    readonly enum?: readonly string[];
    readonly items?: { readonly enum?: readonly string[] };
  };
  readonly example?: string | number | readonly string[];
}

interface Content {
  readonly example?: unknown;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters?: readonly Parameter[];
  readonly security: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, Content>> }>
  >;
  readonly "x-refused-example"?: {
    readonly body: unknown;
    readonly status: number;
    readonly type?: string;
    readonly pointer?: string;
  };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Operation["responses"] };
}

/** What `docs/openapi.json` says, and whether an answer is as it says. */
export class ApiContract {
  readonly operations: readonly Operation[];
  readonly #document: Document;
  readonly #ajv: Ajv2020;

  constructor() {
    this.#document = JSON.parse(readFileSync(FILE, "utf8"));
    this.operations = Object.entries(this.#document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        ...operation,
        path,
        method: method.toUpperCase(),
      })),
    );
    this.#ajv = new Ajv2020({ strict: false, validateFormats: false });
    this.#ajv.addSchema({ ...(closed(this.#document) as object), $id: "https://api.test/openapi" });
  }

  /** What is wrong with an answer; empty for nothing. */
  faults(
    { method, path, responses }: Operation,
    answer: { readonly status: number; readonly headers: Headers; readonly text: string },
  ): readonly string[] {
    const { status, headers, text } = answer;
    const said = responses[status];
    if (said === undefined) return [`${status} is not described: ${text.slice(0, 300)}`];
    const reference = "$ref" in said ? String(said.$ref) : undefined;
    const where =
      reference ?? `#/paths/${escaped(path)}/${method.toLowerCase()}/responses/${status}`;
    const common = this.#document.components.responses[reference?.split("/").at(-1) ?? ""];
    const { content } = common ?? said;
    if (content === undefined) return text === "" ? [] : [`a body that is not described: ${text}`];
    const given = mediaType(headers.get("content-type") ?? "");
    const known = Object.keys(content).find((type) => mediaType(type) === given);
    if (known === undefined) return [`${given} is not described`];
    if (!given.endsWith("json")) return [];
    return this.#schemaFaults(`${where}/content/${escaped(known)}/schema`, JSON.parse(text));
  }

  /** What is wrong with one frame of the stream. */
  frameFaults(frame: unknown): readonly string[] {
    return this.#schemaFaults("#/components/schemas/StreamFrame", frame);
  }

  #schemaFaults(pointer: string, value: unknown): readonly string[] {
    const validate = this.#ajv.getSchema(`https://api.test/openapi${pointer}`);
    if (validate === undefined) return [`there is no schema at ${pointer}`];
    if (validate(value) === true) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath} ${message ?? ""} ${JSON.stringify(params)}`,
    );
  }
}

/** Without spaces and what says how text is encoded, in lower case: parameters stay. */
function mediaType(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(" ", "")
    .replace(/;charset=[^;]+/, "");
}

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
}

/** The same where no object has a member that is not described. What joins several stays open. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [
    key,
    key === "example" || key === "allOf" ? one : closed(one),
  ]);
  const isOpen = !("properties" in value) || "additionalProperties" in value;
  const isObject = "type" in value && value.type === "object";
  const result: object = Object.fromEntries(entries);
  return isOpen || !isObject ? result : { ...result, additionalProperties: false };
}
