/** How far the sender's clock may be from ours, seconds: what is older may be a replay. */
const TOLERANCE_SECONDS = 300;

/** Most signatures that are tried: a sender signs with each of a few keys. */
const MAX_SIGNATURES = 8;

const ALGORITHM = { name: "HMAC", hash: "SHA-256" };

/**
 * What is wrong with a request by Standard Webhooks 1.0.0, "Verifying webhook authenticity", in one
 * sentence; undefined if it was signed within five minutes with one of the secret's keys.
 *
 * @param body - The body as it came.
 * @param secret - `whsec_` and a key in base64, or several separated by spaces.
 */
export async function webhookFault(
  headers: Headers,
  body: string,
  secret: string,
  nowMs: number,
): Promise<string | undefined> {
  const id = headers.get("webhook-id") ?? "";
  const timestamp = headers.get("webhook-timestamp") ?? "";
  // Without a full stop, which separates what is signed.
  if (!/^[^.\s]{1,255}$/.test(id)) return "webhook-id is missing or is no id.";
  if (!/^\d{1,12}$/.test(timestamp)) return "webhook-timestamp is missing or is no time.";
  const ageSeconds = Math.abs(nowMs / 1_000 - Number(timestamp));
  if (ageSeconds > TOLERANCE_SECONDS) return "webhook-timestamp is more than 5 minutes off.";
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signatures = signaturesOf(headers.get("webhook-signature") ?? "");
  for (const key of await keysOf(secret)) {
    for (const signature of signatures) {
      // In constant time, as the runtime does it.
      // oxlint-disable-next-line eslint/no-await-in-loop -- the first that fits is enough
      if (await crypto.subtle.verify(ALGORITHM, key, signature, signed)) return undefined;
    }
  }
  return "No signature in webhook-signature was made with this receiver's key.";
}

/** @throws DOMException when a key of the secret is no base64: it is set wrongly. */
async function keysOf(secret: string): Promise<CryptoKey[]> {
  const words = secret.trim().split(/\s+/);
  return Promise.all(
    words.map((word) => {
      const bytes = bytesOf(word.replace(/^whsec_/, ""));
      return crypto.subtle.importKey("raw", bytes, ALGORITHM, false, ["verify"]);
    }),
  );
}

function signaturesOf(header: string): Uint8Array<ArrayBuffer>[] {
  const encoded = header.split(" ").flatMap((entry) => {
    const [version, signature = ""] = entry.split(",");
    // The length of 32 bytes in base64: nothing else is decoded.
    return version === "v1" && /^[A-Za-z0-9+/]{43}=$/.test(signature) ? [signature] : [];
  });
  return encoded.slice(0, MAX_SIGNATURES).map(bytesOf);
}

function bytesOf(encoded: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
}
