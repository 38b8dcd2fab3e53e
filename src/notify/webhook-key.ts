/** Bounds of a key's length in bytes, by Standard Webhooks 1.0.0, "Signature scheme". */
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** Most keys at a time: one, and the one that is being replaced, and one more by mistake. */
const MAX_KEYS = 4;

const PREFIX = "whsec_";

/** The bytes of a key that webhooks are signed with. */
export type WebhookKey = Uint8Array<ArrayBuffer>;

export type WebhookKeys =
  | { readonly ok: true; readonly keys: readonly WebhookKey[] }
  /** Why it is no list of keys, a sentence without the keys. */
  | { readonly ok: false; readonly problem: string };

/**
 * Reads the secret of a webhook: `whsec_` and 24 to 64 bytes in base64, or several of them separated
 * by spaces while one is replaced by another. Every message is signed with all of them.
 */
export function parseWebhookKeys(text: string): WebhookKeys {
  const words = text.trim().split(/\s+/);
  if (words.length > MAX_KEYS) {
    return {
      ok: false,
      problem: `It holds ${words.length} keys; at most ${MAX_KEYS} can be used.`,
    };
  }
  const keys = [];
  for (const [index, word] of words.entries()) {
    const key = parseKey(word);
    if (typeof key === "string") return { ok: false, problem: `Key ${index + 1} ${key}` };
    keys.push(key);
  }
  return { ok: true, keys };
}

/** The key, or what is wrong with it. */
function parseKey(word: string): WebhookKey | string {
  if (!word.startsWith(PREFIX)) return `does not begin with ${PREFIX}.`;
  const encoded = word.slice(PREFIX.length).replace(/={1,2}$/, "");
  // A single character over a multiple of four encodes nothing.
  if (!/^[A-Za-z0-9+/]+$/.test(encoded) || encoded.length % 4 === 1) {
    return `is not base64 after ${PREFIX}.`;
  }
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  if (bytes.length < MIN_KEY_BYTES || bytes.length > MAX_KEY_BYTES) {
    return `has ${bytes.length} bytes, not ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES}.`;
  }
  return bytes;
}
