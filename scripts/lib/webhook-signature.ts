import { createHmac, timingSafeEqual } from "node:crypto";

/** How far the sender's clock may be from ours, seconds; as in the reference libraries. */
const TOLERANCE_SECONDS = 300;

/** What is signed of a request, as it came. Headers that were missing are empty. */
export interface SignedRequest {
  /** `webhook-id`. */
  readonly id: string;
  /** `webhook-timestamp`, seconds. */
  readonly timestamp: string;
  /** `webhook-signature`: one or more, separated by spaces. */
  readonly signatures: string;
  readonly body: string;
}

/**
 * What is wrong with a request by Standard Webhooks 1.0.0, "Verifying webhook authenticity", in one
 * sentence; undefined if one of its signatures was made with one of `keys` within five minutes.
 */
export function signatureFault(
  { id, timestamp, signatures, body }: SignedRequest,
  keys: readonly Uint8Array[],
  nowMs: number,
): string | undefined {
  // Without a full stop, which separates what is signed.
  if (!/^[^.\s]{1,255}$/.test(id)) return "webhook-id is missing or is no id.";
  if (!/^\d{1,12}$/.test(timestamp)) return "webhook-timestamp is missing or is no time.";
  const ageSeconds = nowMs / 1_000 - Number(timestamp);
  if (Math.abs(ageSeconds) > TOLERANCE_SECONDS) {
    return `webhook-timestamp is ${Math.round(ageSeconds)} s old, and ${TOLERANCE_SECONDS} s are the most.`;
  }
  const given = signatures.split(" ").flatMap((entry) => {
    const [version, encoded = ""] = entry.split(",");
    return version === "v1" ? [Buffer.from(encoded, "base64")] : [];
  });
  const isSigned = keys.some((key) => {
    const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest();
    return given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  });
  return isSigned
    ? undefined
    : "No signature in webhook-signature was made with this receiver's key.";
}
