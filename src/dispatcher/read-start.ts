import { joinBytes } from "../join-bytes.ts";

/** The beginning of a body. */
export interface BodyStart {
  readonly bytes: Uint8Array;
  /** Whether that is all of it: it was neither too long, nor cut off, nor ended by a signal. */
  readonly isWhole: boolean;
}

/** The same as {@link readStartBytes}, as text. */
export async function readStart(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  return new TextDecoder().decode((await readStartBytes(body, maxBytes, signal)).bytes);
}

/**
 * Reads the beginning of a body, at most `maxBytes`, and lets go of the rest: a receiver may answer
 * as much as it likes, or never come to an end. Where the body breaks off, what came until then is
 * what there is.
 */
export async function readStartBytes(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal: AbortSignal,
): Promise<BodyStart> {
  if (body === null) return { bytes: new Uint8Array(0), isWhole: true };
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  const aborted = new Promise<"aborted">((resolve) => {
    if (signal.aborted) resolve("aborted");
    signal.addEventListener("abort", () => resolve("aborted"), { once: true });
  });
  try {
    while (length < maxBytes) {
      const chunk = await Promise.race([reader.read(), aborted]);
      if (chunk === "aborted") break;
      isWhole = chunk.done;
      if (chunk.done) break;
      chunks.push(chunk.value.subarray(0, maxBytes - length));
      length += Math.min(chunk.value.byteLength, maxBytes - length);
    }
  } catch {
    // The connection broke off. The status is known, and that is what mostly counts.
  }
  // Not awaited: a receiver must not decide when this is over.
  reader.cancel().catch(() => undefined);
  return { bytes: joinBytes(chunks, length), isWhole };
}
