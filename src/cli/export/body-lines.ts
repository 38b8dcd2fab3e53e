import { LineSplitter } from "../line-splitter.ts";

/** Longest line of an answer, in characters: a histogram of every bucket, and room. */
const MAX_LINE_LENGTH = 2_097_152;

/** An answer that is not what it should be, or ended too soon; the message says how. */
export class BodyError extends Error {
  override name = "BodyError";
  /** Whether the rest is missing, which may be there when it is asked for again. */
  readonly isCut: boolean;

  constructor(message: string, isCut = false) {
    super(message);
    this.isCut = isCut;
  }
}

/**
 * The lines of an answer as they arrive, some at a time.
 * @param onPiece is called for each piece that arrives.
 * @throws BodyError for one that is too long, or a last one without its end: then the rest is missing.
 */
export async function* bodyLines(
  body: ReadableStream<Uint8Array>,
  onPiece: () => void,
): AsyncGenerator<string[]> {
  const splitter = new LineSplitter(MAX_LINE_LENGTH);
  const decoder = new TextDecoder();
  for await (const piece of body) {
    onPiece();
    const lines = splitter.push(decoder.decode(piece, { stream: true }));
    const tooLong = lines.find(({ isTooLong }) => isTooLong);
    if (tooLong !== undefined) throw new BodyError(`its line ${tooLong.number} is too long`);
    if (lines.length > 0) yield lines.map(({ text }) => text);
  }
  if (splitter.end().length > 0) throw new BodyError("it ended within a line", true);
}
