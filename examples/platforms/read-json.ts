export type ReadJsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: "too_large" | "not_json" };

/** Reads a body of at most `maxBytes` as JSON; stops reading where it gets longer than that. */
export async function readJson(request: Request, maxBytes: number): Promise<ReadJsonResult> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return { ok: false, reason: "too_large" };
    chunks.push(chunk);
  }
  try {
    // Fatal, so that invalid UTF-8 is refused and not quietly replaced.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(
      await new Blob(chunks).bytes(),
    );
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      return { ok: false, reason: "not_json" };
    }
    throw error;
  }
}
