/** An error's body is a few hundred bytes; what is longer is not one. */
const MAX_BODY_BYTES = 65_536;

/**
 * The body of a response as JSON, of which at most 64 KiB are read. Undefined when it is longer, is
 * no JSON, cannot be read or was read already: an answer whose body tells nothing has its status.
 */
export async function boundedJson(response: Response): Promise<unknown> {
  try {
    if (response.body === null || response.bodyUsed || response.body.locked) return undefined;
    const text = await boundedText(response.body);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    // The connection broke, or it is no JSON: both leave nothing to be told from it.
    return undefined;
  }
}

async function boundedText(body: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > MAX_BODY_BYTES) {
      // Not waited for: half of a body that was split ends only when the other half does.
      reader.cancel().catch(() => {
        // It broke meanwhile, which ends it as well.
      });
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
