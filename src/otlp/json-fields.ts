import { OtlpError } from "./otlp-error.ts";

/** The members of a JSON object. */
export type JsonFields = Readonly<Record<string, unknown>>;

const NOTHING: JsonFields = {};

/** An object, empty where there is none. @param what names it in the message. @throws OtlpError */
export function jsonObject(value: unknown, what: string): JsonFields {
  if (value === undefined || value === null) return NOTHING;
  if (!isFields(value)) throw new OtlpError(`${what} must be an object.`);
  return value;
}

/** A list, empty where there is none. @throws OtlpError */
export function jsonList(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new OtlpError(`${what} must be a list.`);
  return value;
}

/** A text, empty where there is none. @throws OtlpError */
export function jsonText(value: unknown, what: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new OtlpError(`${what} must be a text.`);
  return value;
}

/** A whole number of 64 bits: digits in a text, or a number; undefined for anything else. */
export function jsonInteger(value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string" || !/^-?\d{1,20}$/.test(value)) return undefined;
  return BigInt(value);
}

/** A double, which may also come as a text; NaN for what is none. */
export function jsonDouble(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}

/** A count: 0 where there is none, NaN for what is no whole number that a double holds exactly. */
export function jsonCount(value: unknown): number {
  if (value === undefined || value === null) return 0;
  const count = typeof value === "number" ? value : Number(jsonInteger(value) ?? Number.NaN);
  return Number.isSafeInteger(count) ? count : Number.NaN;
}

function isFields(value: unknown): value is JsonFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
