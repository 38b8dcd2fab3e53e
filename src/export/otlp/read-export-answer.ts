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
  /** Whether that is all of it. */
  readonly isWhole: boolean;
}

/** What has become of a request. */
export type ExportVerdict =
  /**
   * The collector has it, but for so many of its points, which it does not want at all; the message
   * says why, or warns where it has them all.
   */
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

/**
 * What an answer with a good status says. A page to sign in at says 200, too, and has taken nothing: so
 * does what is no `ExportMetricsServiceResponse`. Of one that was cut off the status is what counts.
 */
function readSuccess(answer: ExportAnswer): ExportVerdict {
  const { status, contentType, body, isWhole } = answer;
  if (body.length === 0) return { kind: "taken", ...NOTHING_REJECTED };
  const type = mediaType(answer);
  if (type !== "other") {
    const partial = type === "protobuf" ? protobufPartial(body) : jsonPartial(body);
    if (partial !== undefined) return { kind: "taken", ...partial };
    if (!isWhole) return { kind: "taken", ...NOTHING_REJECTED };
  }
  const what =
    type === "other"
      ? `${oneLine(contentType) || "no content type"}: no OTLP receiver is there`
      : `${type} that is no answer of OTLP: what it took is not known`;
  return { kind: "refused", detail: clipDetail(`answered ${status} with ${what}`) };
}

interface Partial {
  readonly rejectedPoints: number;
  readonly message: string;
}

const NOTHING_REJECTED: Partial = { rejectedPoints: 0, message: "" };

/** What was not taken; undefined if the body is no answer. */
function protobufPartial(body: Uint8Array): Partial | undefined {
  const answer = readFields(body);
  const partial = answer.fields.get(OTLP_FIELDS.exportMetricsServiceResponse.partialSuccess);
  if (!answer.isSound || typeof partial === "string") return undefined;
  if (partial === undefined) return NOTHING_REJECTED;
  const { fields, isSound } = readFields(partial);
  const { rejectedDataPoints, errorMessage } = OTLP_FIELDS.exportMetricsPartialSuccess;
  const message = fields.get(errorMessage) ?? new Uint8Array(0);
  if (!isSound || typeof message === "string") return undefined;
  return soundPartial(fields.get(rejectedDataPoints), textOf(message));
}

/** What was not taken; undefined if the body is no answer. */
function jsonPartial(body: Uint8Array): Partial | undefined {
  const answer = jsonObject(textOf(body));
  if (answer === null) return undefined;
  const partial = answer["partialSuccess"] ?? {};
  if (typeof partial !== "object" || Array.isArray(partial)) return undefined;
  const rejected: unknown = Reflect.get(partial, "rejectedDataPoints");
  return soundPartial(rejected, Reflect.get(partial, "errorMessage") ?? "");
}

/** Undefined for a count that is none: whoever answers so cannot be trusted to have taken the rest. */
function soundPartial(rejected: unknown, message: unknown): Partial | undefined {
  const given = rejected ?? 0;
  if (typeof message !== "string") return undefined;
  if (typeof given === "string" ? !/^\d+$/.test(given) : typeof given !== "number")
    return undefined;
  const rejectedPoints = Number(given);
  if (!Number.isInteger(rejectedPoints) || rejectedPoints < 0) return undefined;
  return { rejectedPoints, message: shown(message) };
}

/** What an error says of itself: the message of a `google.rpc.Status`, or a plain text. */
function statusMessage(answer: ExportAnswer): string {
  const { body } = answer;
  const type = mediaType(answer);
  if (type === "protobuf") {
    const message = readFields(body).fields.get(OTLP_FIELDS.status.message);
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

/** What could be read of a message. */
interface MessageFields {
  /**
   * By number, the last of each: the bytes of those with a length, and numbers as text. Those of other
   * types are not in it.
   */
  readonly fields: ReadonlyMap<number, Uint8Array | string>;
  /** Whether it is a message, and does not break off. */
  readonly isSound: boolean;
}

function readFields(message: Uint8Array): MessageFields {
  const fields = new Map<number, Uint8Array | string>();
  try {
    const reader = new BinaryReader(message);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (type === WireType.LengthDelimited) fields.set(field, reader.bytes());
      else if (type === WireType.Varint) fields.set(field, String(reader.int64()));
      else reader.skip(type, field);
    }
    return { fields, isSound: true };
  } catch {
    // What the reader throws says no more than this, and whoever asks says what it means.
    return { fields, isSound: false };
  }
}

function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

function shown(text: string): string {
  return clipDetail(oneLine(text));
}
