import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { clipDetail } from "../../dispatcher/error-text.ts";
import { oneLine } from "../../notify/one-line.ts";
import { jsonObject } from "../../notify/read-answer.ts";
import { OTLP_FIELDS } from "../../otlp/otlp-fields.ts";
import { parseRetryAfter } from "../../wire/retry-after.ts";

/** What a collector answered to a request. */
export interface ExportAnswer {
  readonly status: number;
  /** The header, or an empty text. */
  readonly contentType: string;
  /** The header, or null. */
  readonly retryAfter: string | null;
  /** The beginning of the body. */
  readonly body: Uint8Array;
}

/** What has become of a request. */
export type ExportVerdict =
  /** The collector has it, but for so many of its points, which it does not want at all. */
  | { readonly kind: "taken"; readonly rejectedPoints: number; readonly message: string }
  /** It may take the same request later, and says perhaps when. */
  | {
      readonly kind: "retry";
      readonly detail: string;
      readonly retryAfterMs?: number | undefined;
    }
  /** It will never take this request. */
  | { readonly kind: "refused"; readonly detail: string };

/** The statuses with which OTLP/HTTP asks for the same request again; all others mean never. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Reads an answer as OTLP/HTTP has them: protobuf or JSON, whatever its status.
 * @param nowMs when it came, epoch milliseconds.
 */
export function readExportAnswer(answer: ExportAnswer, nowMs: number): ExportVerdict {
  const { status, retryAfter } = answer;
  if (status >= 200 && status <= 299) return readSuccess(answer);
  const said = statusMessage(answer);
  const detail = clipDetail(`answered ${status}${said === "" ? "" : `: ${said}`}`);
  if (!RETRYABLE.has(status)) return { kind: "refused", detail };
  const retryAfterMs = retryAfter === null ? undefined : parseRetryAfter(retryAfter, nowMs);
  return { kind: "retry", detail, retryAfterMs };
}

function readSuccess(answer: ExportAnswer): ExportVerdict {
  const { status, body } = answer;
  const type = mediaType(answer);
  if (body.length === 0 || type === "protobuf") return { kind: "taken", ...protobufPartial(body) };
  if (type === "json") return { kind: "taken", ...jsonPartial(body) };
  // A page to sign in at says 200, too, and has taken nothing.
  const detail = `answered ${status} with ${oneLine(answer.contentType) || "no content type"}: no OTLP receiver is there`;
  return { kind: "refused", detail: clipDetail(detail) };
}

interface Partial {
  readonly rejectedPoints: number;
  readonly message: string;
}

function protobufPartial(body: Uint8Array): Partial {
  const partial = readField(body, OTLP_FIELDS.exportMetricsServiceResponse.partialSuccess);
  if (!(partial instanceof Uint8Array)) return { rejectedPoints: 0, message: "" };
  const fields = OTLP_FIELDS.exportMetricsPartialSuccess;
  const message = readField(partial, fields.errorMessage);
  return {
    rejectedPoints: countOf(readField(partial, fields.rejectedDataPoints)),
    message: message instanceof Uint8Array ? shown(textOf(message)) : "",
  };
}

function jsonPartial(body: Uint8Array): Partial {
  const { partialSuccess } = jsonObject(textOf(body)) ?? {};
  if (typeof partialSuccess !== "object" || partialSuccess === null) {
    return { rejectedPoints: 0, message: "" };
  }
  const rejected: unknown = Reflect.get(partialSuccess, "rejectedDataPoints");
  const message: unknown = Reflect.get(partialSuccess, "errorMessage");
  return {
    rejectedPoints: countOf(rejected),
    message: typeof message === "string" ? shown(message) : "",
  };
}

/** What an error says of itself: the message of a `google.rpc.Status`, or a plain text. */
function statusMessage(answer: ExportAnswer): string {
  const { body } = answer;
  const type = mediaType(answer);
  if (type === "protobuf") {
    const message = readField(body, OTLP_FIELDS.status.message);
    return message instanceof Uint8Array ? shown(textOf(message)) : "";
  }
  const text = textOf(body);
  const message = type === "json" ? jsonObject(text)?.["message"] : text;
  return typeof message === "string" ? shown(message) : "";
}

function mediaType({ contentType }: ExportAnswer): "protobuf" | "json" | "other" {
  const [type = ""] = contentType.split(";", 1);
  const name = type.trim().toLowerCase();
  if (name === "application/x-protobuf" || name === "application/protobuf") return "protobuf";
  return name === "application/json" ? "json" : "other";
}

/**
 * The last field of that number in a message: the bytes of one with a length, or a number as text.
 * Undefined if there is none, or the message breaks off before it: what answers say is no more than
 * advice beside their status.
 */
function readField(message: Uint8Array, number: number): Uint8Array | string | undefined {
  let found: Uint8Array | string | undefined;
  try {
    const reader = new BinaryReader(message);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (field !== number) reader.skip(type, field);
      else if (type === WireType.LengthDelimited) found = reader.bytes();
      else if (type === WireType.Varint) found = String(reader.int64());
      else reader.skip(type, field);
    }
  } catch {
    // It broke off: see above.
  }
  return found;
}

/** A count as protobuf and JSON have them; 0 for what is none. */
function countOf(value: unknown): number {
  const count = typeof value === "string" || typeof value === "number" ? Number(value) : 0;
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

function shown(text: string): string {
  return clipDetail(oneLine(text));
}
