import { blobBytes, MAX_VALUE_BYTES } from "./bind-value.ts";
import type { BindValue } from "./bind-value.ts";
import type { RowCost } from "./plan-inserts.ts";
import { textBytes } from "./text-bytes.ts";

/** A byte of a blob is sent as the digits of a number, and a comma. */
const SENT_BYTES_PER_BLOB_BYTE = 4;

/** What a number, a boolean or null takes at most as it is sent. */
const SENT_BYTES_PER_NUMBER = 25;

/** A row that is about to be inserted. */
export interface InsertRow extends RowCost {
  /** Its values, in the order of the columns. */
  readonly values: readonly BindValue[];
  /** The same as a JSON array, if JSON carries every value exactly. */
  readonly json: string | undefined;
}

/**
 * Makes a row of its values, and what it costs. The bytes are those of its strings and blobs, which
 * D1 limits.
 *
 * @throws RangeError when it has more than {@link MAX_VALUE_BYTES}
 */
export function insertRow(values: readonly BindValue[]): InsertRow {
  const parts: string[] = [];
  let storedBytes = 0;
  let boundBytes = 0;
  let isCarried = true;
  for (const value of values) {
    const blob = typeof value === "object" ? blobBytes(value) : undefined;
    if (blob !== undefined) {
      isCarried = false;
      storedBytes += blob.length;
      boundBytes += blob.length * SENT_BYTES_PER_BLOB_BYTE;
      continue;
    }
    if (typeof value === "string") {
      const bytes = textBytes(value);
      storedBytes += bytes;
      boundBytes += bytes;
    } else boundBytes += SENT_BYTES_PER_NUMBER;
    parts.push(jsonOf(value));
  }
  if (storedBytes > MAX_VALUE_BYTES) {
    throw new RangeError(`has ${storedBytes} bytes: a row of D1 holds at most ${MAX_VALUE_BYTES}`);
  }
  const json = isCarried ? `[${parts.join(",")}]` : undefined;
  return { values, json, jsonBytes: json === undefined ? undefined : textBytes(json), boundBytes };
}

/**
 * A value as `json_each` gives it back exactly as D1 binds it: every number as a REAL, so that a
 * column makes of it what it makes of a bound one ("1.0" in a column of type TEXT), and a boolean as
 * the number that D1 makes of it.
 */
function jsonOf(value: BindValue): string {
  if (typeof value === "boolean") return value ? "1.0" : "0.0";
  if (typeof value !== "number") return JSON.stringify(value);
  // -0 is bound as 0. From 1e21 on a number is written with an exponent, which makes it a REAL.
  const text = String(value);
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${text}.0` : text;
}
