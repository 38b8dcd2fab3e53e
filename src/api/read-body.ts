import { gunzipSync } from "node:zlib";
import { joinBytes } from "../join-bytes.ts";
import { invalidBody, payloadTooLarge, Problem, unsupportedMediaType } from "./problem.ts";

/** Deepest nesting of arrays and objects that a JSON body may have. */
export const MAX_JSON_DEPTH = 64;

/**
 * A body that is too large is read and dropped up to this many times the limit. Most senders look
 * for the answer only when they have sent everything, and would see a broken connection instead.
 */
const DROPPED_PER_LIMIT = 16;

/** Used by one call at a time, each of which decodes a whole text. */
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** A parsed JSON body. An object around it, so that it cannot be taken for a {@link Problem}. */
export interface JsonBody {
  readonly value: unknown;
}

/** The members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a request's body. One with `Content-Encoding: gzip` is inflated.
 *
 * @param maxBytes - most bytes of the body, as sent and inflated; no more than that is kept.
 * @returns the bytes, or a problem: 413 beyond `maxBytes`, 415 for another encoding, 400 for what
 * is no gzip or ends early.
 */
export async function readBodyBytes(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array | Problem> {
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (!["identity", "gzip", "x-gzip"].includes(encoding)) {
    return unsupportedMediaType("Send the body as it is or with Content-Encoding: gzip.", {
      "accept-encoding": "gzip, identity",
    });
  }
  const sent = await readBytes(request, maxBytes);
  if (sent instanceof Problem) return sent;
  return encoding === "identity" ? sent : inflate(sent, maxBytes);
}

/**
 * Reads a request's body as text.
 * @returns the text, or a problem: those of {@link readBodyBytes}, and 400 for what is no UTF-8.
 */
export async function readBody(request: Request, maxBytes: number): Promise<string | Problem> {
  const bytes = await readBodyBytes(request, maxBytes);
  return bytes instanceof Problem ? bytes : decodeText(bytes);
}

/**
 * Reads a request's body as JSON, whatever its `Content-Type` says.
 * @returns the value, or a problem: those of {@link readBody}, and 400 for what is not JSON or
 * nested deeper than {@link MAX_JSON_DEPTH}.
 */
export async function readJson(request: Request, maxBytes: number): Promise<JsonBody | Problem> {
  const text = await readBody(request, maxBytes);
  return text instanceof Problem ? text : parseJson(text);
}

/**
 * Reads a request's body as a JSON object.
 * @param empty - what stands for a body of no bytes; without it there must be one.
 * @returns its members, or a problem: those of {@link readJson}, and 400 for another value.
 */
export async function readJsonObject(
  request: Request,
  maxBytes: number,
  empty?: JsonObject,
): Promise<JsonObject | Problem> {
  const text = await readBody(request, maxBytes);
  if (text instanceof Problem) return text;
  if (empty !== undefined && text.trim() === "") return empty;
  const parsed = parseJson(text);
  if (parsed instanceof Problem) return parsed;
  if (isContainer(parsed.value) && !Array.isArray(parsed.value)) return parsed.value;
  return unreadable("The body must be a JSON object.");
}

/** Reads bytes as UTF-8. @returns the text, or a problem: 400. */
export function decodeText(bytes: Uint8Array): string | Problem {
  try {
    return DECODER.decode(bytes);
  } catch {
    return unreadable("The body is not valid UTF-8.");
  }
}

/**
 * Reads a text as JSON.
 * @returns the value, or a problem: 400 for what is not JSON or nested deeper than
 * {@link MAX_JSON_DEPTH}.
 */
export function parseJson(text: string): JsonBody | Problem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const where = error instanceof Error ? error.message : String(error);
    return unreadable(`The body is not valid JSON: ${where}.`);
  }
  if (nestsDeeperThan(value, MAX_JSON_DEPTH)) {
    return unreadable(`The body is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  }
  return { value };
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array | Problem> {
  const announced = request.headers.get("content-length");
  if (Number(announced ?? 0) > maxBytes) return tooLarge(maxBytes);
  try {
    // The runtime holds a body to the length that it announces, so it can be read in one go.
    if (announced !== null) {
      const bytes = new Uint8Array(await request.arrayBuffer());
      return bytes.byteLength > maxBytes ? tooLarge(maxBytes) : bytes;
    }
    return request.body === null ? new Uint8Array(0) : await readChunks(request.body, maxBytes);
  } catch {
    // The sender went away or its framing broke. Nobody may be left to read this answer.
    return unreadable("The body ended before it was complete; send it again.");
  }
}

/** Reads a body of unknown length, and keeps no more of it than may be. */
async function readChunks(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array | Problem> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      const [only] = chunks;
      return chunks.length === 1 && only !== undefined ? only : joinBytes(chunks, length);
    }
    length += value.byteLength;
    if (length > maxBytes) {
      await drop(reader, DROPPED_PER_LIMIT * maxBytes);
      return tooLarge(maxBytes);
    }
    chunks.push(value);
  }
}

/** Reads to the end without keeping anything; gives up after about `maxBytes`. */
async function drop(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<void> {
  for (let dropped = 0; dropped < maxBytes;) {
    const { done, value } = await reader.read();
    if (done) return;
    dropped += value.byteLength;
  }
  await reader.cancel();
}

/**
 * Not a `DecompressionStream`: workerd's has no back pressure. Of 0.9 MB that inflate to 900 MB,
 * all 900 were in memory when the first chunk was read. This way it is no more than the limit.
 */
function inflate(bytes: Uint8Array, maxBytes: number): Uint8Array | Problem {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    // Both Node and workerd throw a RangeError for the limit and an Error for corrupt input.
    if (error instanceof RangeError) return tooLarge(maxBytes);
    return unreadable("The body is not valid gzip, which Content-Encoding says it is.");
  }
}

/**
 * Whether a parsed value has more than `levels` levels of arrays and objects. V8's parser takes any
 * depth, so this can come after it, where it costs a tenth of counting brackets in the text; it
 * protects what walks the value by recursion, and goes no deeper than `levels` itself.
 */
function nestsDeeperThan(value: unknown, levels: number): boolean {
  if (!isContainer(value)) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => nestsDeeperThan(item, levels - 1));
  // Not Object.values: a list of them for each of ten thousand timings costs five times as much.
  for (const key in value) {
    if (nestsDeeperThan(value[key], levels - 1)) return true;
  }
  return false;
}

function isContainer(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null;
}

function tooLarge(maxBytes: number): Problem {
  return payloadTooLarge(`The body may have at most ${maxBytes} bytes; send several smaller ones.`);
}

function unreadable(detail: string): Problem {
  return invalidBody(detail, [{ pointer: "", reason: detail }]);
}
