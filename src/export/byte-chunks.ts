import { joinBytes } from "../join-bytes.ts";

/** How much is sent at a time: enough that sending costs little, and little enough to be made quickly. */
const CHUNK_BYTES = 32_768;

const ENCODER = new TextEncoder();

/** Joins small pieces of text, so that each but the last is {@link CHUNK_BYTES} or a piece longer. */
export function* textChunks(pieces: Iterable<string>): Generator<Uint8Array> {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK_BYTES) continue;
    yield ENCODER.encode(text);
    text = "";
  }
  if (text !== "") yield ENCODER.encode(text);
}

/** Joins small pieces of bytes as {@link textChunks} does. */
export function* byteChunks(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const piece of pieces) {
    waiting.push(piece);
    sizeBytes += piece.byteLength;
    if (sizeBytes < CHUNK_BYTES) continue;
    yield joinBytes(waiting, sizeBytes);
    waiting = [];
    sizeBytes = 0;
  }
  if (sizeBytes > 0) yield joinBytes(waiting, sizeBytes);
}
