import { blobBytes } from "./bind-value.ts";
import type { BindValue } from "./bind-value.ts";

/** A cache takes up to 512 characters, its kind included. */
const MAX_KEY_CHARACTERS = 400;

/**
 * The cache key of a query's result. Long parameters are hashed.
 * @param params what `bindFault` finds nothing in
 */
export async function resultKey(name: string, params: readonly BindValue[]): Promise<string> {
  const key = callText(name, params);
  if (key.length <= MAX_KEY_CHARACTERS) return key;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  // What is not hashed has a bracket here.
  return `${name} #${toHex(new Uint8Array(digest))}`;
}

/**
 * A query's name and its parameters. Two calls have the same text if and only if D1 would be asked
 * the same: `true` is bound as 1, and -0 as 0.
 */
export function callText(name: string, params: readonly BindValue[]): string {
  return params.length === 0 ? name : `${name} ${JSON.stringify(params.map(canonical))}`;
}

/** JSON tells texts, numbers and null apart, and half a surrogate pair; a blob is the only array. */
function canonical(value: BindValue): unknown {
  if (typeof value === "boolean") return value ? 1 : 0;
  const bytes = typeof value === "object" ? blobBytes(value) : undefined;
  return bytes === undefined ? value : [toHex(bytes)];
}

function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
