/** What D1 can bind. Blobs come back as arrays of bytes, and such an array can be bound again. */
export type BindValue =
  | string
  | number
  | boolean
  | null
  | ArrayBuffer
  | Uint8Array
  | Uint8ClampedArray
  | readonly number[];

/** Longest string or blob, and largest row, of D1: bytes. */
export const MAX_VALUE_BYTES = 2_000_000;

/**
 * Why a value must not be bound, and what to do instead; undefined if it may be. It refuses what D1
 * refuses, and what D1 silently changes: `NaN` and infinities become NULL, and the numbers of other
 * typed arrays are cut to bytes.
 */
export function bindFault(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value)
        ? undefined
        : `is ${value}, which D1 would store as NULL: bind null`;
    case "undefined":
      return "is undefined: bind null, or leave the condition out";
    case "bigint":
      return "is a bigint, which D1 does not take: bind Number(value) or String(value)";
    case "object":
      return value === null ? undefined : objectFault(value);
    default:
      return `is a ${typeof value}, which D1 does not take`;
  }
}

/** The bytes of a blob, or undefined if the value is none. */
export function blobBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8ClampedArray) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return isByteArray(value) ? Uint8Array.from(value) : undefined;
}

/** Whether it is an array of whole numbers from 0 to 255: how D1 gives a blob back. */
export function isByteArray(value: unknown): value is readonly number[] {
  if (!Array.isArray(value)) return false;
  // Not `every`, which passes over holes.
  for (const byte of value as readonly unknown[]) {
    if (typeof byte !== "number" || !Number.isInteger(byte) || byte < 0 || byte > 255) return false;
  }
  return true;
}

function objectFault(value: object): string | undefined {
  if (value instanceof ArrayBuffer || value instanceof Uint8Array) return undefined;
  if (value instanceof Uint8ClampedArray || isByteArray(value)) return undefined;
  if (value instanceof Date) {
    return "is a Date, which D1 does not take: bind its getTime() or its toISOString()";
  }
  if (ArrayBuffer.isView(value)) {
    return "is a view of other than bytes, which D1 would cut to bytes: bind a Uint8Array of its buffer";
  }
  if (Array.isArray(value)) {
    return "is an array of other than bytes: bind JSON.stringify(value), and read it with json_each";
  }
  return "is an object, which D1 does not take: bind JSON.stringify(value)";
}
