/** The offset and the prime of the 64-bit FNV-1a hash (Fowler, Noll and Vo; RFC 9923). */
const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/**
 * Tells one version of a statement from another: 16 hexadecimal digits, the FNV-1a hash of its
 * UTF-16 code units. Nobody's secret depends on it, and it is needed at the top of a module, where
 * Workers forbid `crypto`.
 */
export function sqlHash(sql: string): string {
  let hash = OFFSET;
  for (let at = 0; at < sql.length; at += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(sql.charCodeAt(at))) * PRIME);
  }
  return hash.toString(16).padStart(16, "0");
}
