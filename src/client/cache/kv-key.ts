/** KV's limit, bytes. */
const MAX_KV_KEY_BYTES = 512;

/** Nothing that needs a thought about encoding; what begins with `#` is ours. */
const PLAIN = /^(?!#)[\x21-\x7e]+$/;

/**
 * What an entry is called in KV: `NAME:KIND:KEY`, so that people find it there. A key that KV might
 * refuse or mix up with another becomes `NAME:KIND:#HASH`: one that is too long, or has anything but
 * visible ASCII in it.
 */
export async function kvKeyOf(name: string, fullKey: string): Promise<string> {
  const colon = fullKey.indexOf(":");
  const key = fullKey.slice(colon + 1);
  const plain = `${name}:${fullKey}`;
  if (plain.length <= MAX_KV_KEY_BYTES && PLAIN.test(key)) return plain;
  // As JSON, because half a surrogate pair has no UTF-8: all of them would be one key.
  const bytes = new TextEncoder().encode(JSON.stringify(key));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  return `${name}:${fullKey.slice(0, colon)}:#${hash.join("")}`;
}
