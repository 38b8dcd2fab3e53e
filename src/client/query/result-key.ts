import { blobBytes } from "./bind-value.ts";
import type { BindValue } from "./bind-value.ts";
import type { NamedQuery } from "./query-catalogue.ts";

/** A cache takes up to 512 characters, its kind included. */
const MAX_KEY_CHARACTERS = 400;

/**
 * The cache key of a query's result: `TARGET/NAME/HASH/PARAMS`, so that a prefix names all results
 * of a query. Long parameters are hashed. The statement is in it by {@link sqlHash}: the next
 * deployment may ask another one under the same name, and KV outlives deployments.
 *
 * @param target - what tells the database from others that have the same cache; a valid name
 * @param params - what `bindFault` finds nothing in
 */
export async function resultKey(
  target: string,
  query: Pick<NamedQuery, "name" | "sqlHash">,
  params: readonly BindValue[],
): Promise<string> {
  const place = `${target}/${query.name}/${query.sqlHash}/`;
  const text = paramsText(params);
  if (place.length + text.length <= MAX_KEY_CHARACTERS) return place + text;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  // What is not hashed has a bracket here.
  return `${place}#${toHex(new Uint8Array(digest))}`;
}

/**
 * A query's parameters. Two calls have the same text if and only if D1 would be asked the same:
 * `true` is bound as 1, and -0 as 0.
 */
export function paramsText(params: readonly BindValue[]): string {
  return JSON.stringify(params.map(canonical));
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
