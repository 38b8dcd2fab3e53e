/** Headers that are added to each request, or why they cannot be. */
export type HeadersResult =
  | { readonly ok: true; readonly headers: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problem: string };

const MAX_HEADERS = 32;
const MAX_CHARACTERS = 8_192;

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What a header's value may be made of: RFC 9110, section 5.5, without what is beyond ASCII. */
const FIELD_VALUE = /^[\t\x20-\x7e]*$/;

/** What the request itself says. */
const OWN: ReadonlySet<string> = new Set([
  "content-type",
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "host",
  "connection",
]);

/**
 * Reads headers in the form of `OTEL_EXPORTER_OTLP_HEADERS`: `key=value,key2=value2`, values
 * percent-encoded where they hold a comma or the like. A problem names a header by its place, since
 * what cannot be read may be a secret.
 */
export function parseHeaders(text: string): HeadersResult {
  if (text.length > MAX_CHARACTERS) return bad(`has more than ${MAX_CHARACTERS} characters`);
  const entries = text.split(",").filter((entry) => entry.trim() !== "");
  if (entries.length > MAX_HEADERS) return bad(`has more than ${MAX_HEADERS} headers`);
  const headers = new Map<string, string>();
  for (const [index, entry] of entries.entries()) {
    const [key, ...rest] = entry.split("=");
    const name = (key ?? "").trim().toLowerCase();
    if (rest.length === 0) return bad(`has no "=" in header ${index + 1}`);
    if (!TOKEN.test(name)) return bad(`has no header's name before the "=" of header ${index + 1}`);
    if (OWN.has(name)) return bad(`has ${name}, which the request sets itself`);
    const value = decoded(rest.join("=").trim());
    if (value === undefined || !FIELD_VALUE.test(value)) {
      return bad(`has a value in header ${index + 1} that no header can have`);
    }
    headers.set(name, value);
  }
  return { ok: true, headers: Object.fromEntries(headers) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A % that no two digits follow: the caller says which header it is.
    return undefined;
  }
}

function bad(problem: string): HeadersResult {
  return { ok: false, problem: `${problem}; it is written as key=value,key2=value2` };
}
