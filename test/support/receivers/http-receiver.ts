/** A request as a channel makes it. */
export interface ReceivedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a vendor would answer, and everything that is wrong with the request by its documentation. */
export interface Reception {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly problems: string[];
  /** Every text of the message as a reader sees it, in order. */
  readonly shown: string[];
}

export type Json = Readonly<Record<string, unknown>>;

/** Reads a request's JSON, noting what is wrong with its form. */
export function readJson(request: ReceivedRequest, problems: string[]): Json {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json(;|$)/.test(type)) problems.push(`content-type ${type}`);
  if (!request.body.isWellFormed()) problems.push("half a surrogate pair in the body");
  try {
    return asJson(JSON.parse(request.body), "the body", problems);
  } catch {
    problems.push("the body is no JSON");
    return {};
  }
}

export function asJson(value: unknown, what: string, problems: string[]): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  problems.push(`${what} is no object`);
  return {};
}

export function asList(value: unknown, what: string, problems: string[]): readonly unknown[] {
  if (Array.isArray(value)) return value;
  problems.push(`${what} is no list`);
  return [];
}

/** A text with at least one character that is seen, and at most `max` code units. */
export function asText(value: unknown, what: string, max: number, problems: string[]): string {
  if (typeof value !== "string") {
    problems.push(`${what} is no text`);
    return "";
  }
  if (value.trim() === "") problems.push(`${what} is empty`);
  if (value.length > max) problems.push(`${what} has ${value.length} characters, over ${max}`);
  if (!value.isWellFormed()) problems.push(`${what} has half a surrogate pair`);
  return value;
}

/** Notes every key that is not in `known`. */
export function onlyKnown(value: Json, known: readonly string[], what: string, problems: string[]) {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) problems.push(`${what} has an unknown field ${key}`);
  }
}

/** A whole URL of the web without anything that has to be encoded. */
export function isWebUrl(value: unknown): value is string {
  if (typeof value !== "string" || /[\s<>|"]/u.test(value)) return false;
  return /^https?:$/.test(URL.parse(value)?.protocol ?? "");
}
