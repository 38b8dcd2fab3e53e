import type { ReceivedRequest } from "./http-receiver.ts";

/** What a receiver answers, and what it has against the request. */
export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Sentences; none if the request keeps to all that is documented. */
  readonly problems: readonly string[];
}

/** Collects what is wrong with a request. */
export class Problems {
  readonly list: string[] = [];

  /** Notes `problem` unless `holds`. */
  expect(holds: boolean, problem: string): void {
    if (!holds) this.list.push(problem);
  }

  /** A text with bounds on its length in UTF-16 code units, made of whole characters. */
  text(value: unknown, what: string, min: number, max: number): string {
    if (typeof value !== "string") {
      this.list.push(`${what} is no text`);
      return "";
    }
    this.expect(value.length >= min, `${what} has ${value.length} characters, fewer than ${min}`);
    this.expect(value.length <= max, `${what} has ${value.length} characters, more than ${max}`);
    this.expect(value.isWellFormed(), `${what} has half a surrogate pair`);
    return value;
  }

  /** An object with these fields and no others. */
  record(
    value: unknown,
    what: string,
    required: readonly string[],
    optional: readonly string[] = [],
  ): Readonly<Record<string, unknown>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.list.push(`${what} is no object`);
      return {};
    }
    const record = value as Readonly<Record<string, unknown>>;
    for (const name of required) this.expect(name in record, `${what} lacks ${name}`);
    for (const name of Object.keys(record)) {
      const isKnown = required.includes(name) || optional.includes(name);
      this.expect(isKnown, `${what} has ${name}, which is not documented`);
    }
    return record;
  }

  entries(value: unknown, what: string, min: number, max: number): readonly unknown[] {
    if (!Array.isArray(value)) {
      this.list.push(`${what} is no list`);
      return [];
    }
    this.expect(value.length >= min && value.length <= max, `${what} has ${value.length} entries`);
    return value as readonly unknown[];
  }

  /** A request of JSON, with a body no larger than `maxBytes`. */
  json(request: ReceivedRequest, maxBytes: number): unknown {
    const type = request.headers["content-type"] ?? "";
    this.expect(/^application\/json\b/.test(type), `the content type is ${type}`);
    for (const [name, value] of Object.entries(request.headers)) {
      this.expect(name === name.toLowerCase(), `the header ${name} is not in lower case`);
      this.expect(/^[\x20-\x7e]*$/.test(value), `the header ${name} has other than ASCII`);
    }
    const bytes = Buffer.byteLength(request.body);
    this.expect(bytes <= maxBytes, `the body has ${bytes} bytes`);
    try {
      return JSON.parse(request.body);
    } catch (error) {
      this.list.push(`the body is not JSON: ${String(error)}`);
      return undefined;
    }
  }
}

/** Texts in a JSON value, at any depth. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** An answer in JSON. */
export function answer(
  problems: Problems,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Received {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    problems: problems.list,
  };
}
