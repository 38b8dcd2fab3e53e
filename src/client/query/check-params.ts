import { bindFault, blobBytes, MAX_VALUE_BYTES } from "./bind-value.ts";
import type { BindValue } from "./bind-value.ts";
import { MAX_COLUMNS } from "./insert-sql.ts";
import { textBytes } from "./text-bytes.ts";

/**
 * Looks at what a query is about to be bound to, so that D1 never sees what it refuses or changes.
 *
 * @throws TypeError or RangeError that names the query and the parameter, from `?1` on
 */
export function checkParams(name: string, params: readonly BindValue[]): void {
  if (!Array.isArray(params)) {
    throw new TypeError(`The parameters of "${name}" have to be a list, also if there is one`);
  }
  if (params.length > MAX_COLUMNS) {
    const hint = "bind a JSON array, and read it with json_each(?1)";
    throw new RangeError(
      `"${name}" has ${params.length} parameters, D1 takes at most ${MAX_COLUMNS}: ${hint}`,
    );
  }
  for (const [at, value] of params.entries()) {
    const fault = bindFault(value);
    if (fault !== undefined) throw new TypeError(`Parameter ?${at + 1} of "${name}" ${fault}`);
    const sizeBytes = typeof value === "object" ? blobBytes(value)?.length : bytesOf(value);
    if (sizeBytes === undefined || sizeBytes <= MAX_VALUE_BYTES) continue;
    throw new RangeError(
      `Parameter ?${at + 1} of "${name}" has ${sizeBytes} bytes, D1 takes at most ${MAX_VALUE_BYTES}`,
    );
  }
}

/** Counts only where it could matter: no character takes more than three bytes. */
function bytesOf(value: BindValue): number {
  if (typeof value !== "string" || value.length * 3 <= MAX_VALUE_BYTES) return 0;
  return textBytes(value);
}
