/** Longest header of a frame from a server: two bytes, and eight of length. */
const MAX_HEADER_BYTES = 10;

const FIN = 0x80;
const COMPRESSED = 0x40;
const OPCODE = 0x0f;
const MASKED = 0x80;

/** Of a frame that is not compressed, only so much is kept: reading it must cost next to nothing. */
export const HEAD_BYTES = 256;

/** A WebSocket frame that has arrived in full. */
export interface ReceivedFrame {
  /** 1 is text, 8 a close, 10 a pong. */
  readonly opcode: number;
  readonly isCompressed: boolean;
  /** Of the payload as it came. */
  readonly bytes: number;
  /** All of a compressed payload, the first {@link HEAD_BYTES} of another one. */
  readonly payload: Buffer;
}

/**
 * Takes the frames out of what a server sends over one connection, however it is cut into chunks.
 * It understands what workerd sends: messages of one frame, not masked.
 */
export class FrameReader {
  readonly #onFrame: (frame: ReceivedFrame) => void;
  readonly #header = Buffer.alloc(MAX_HEADER_BYTES);
  #headerBytes = 0;
  #bytes = 0;
  #leftBytes = 0;
  #payload = Buffer.alloc(0);
  #keptBytes = 0;

  constructor(onFrame: (frame: ReceivedFrame) => void) {
    this.#onFrame = onFrame;
  }

  /**
   * Takes what came next; keeps nothing of `chunk` itself.
   * @throws if it is not what this reader understands.
   */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      at += this.#isInPayload() ? this.#takePayload(chunk, at) : this.#takeHeader(chunk, at);
    }
  }

  #isInPayload(): boolean {
    return this.#headerBytes > 0 && this.#headerBytes === this.#wantedHeaderBytes();
  }

  /** The second byte says how many the length takes. */
  #wantedHeaderBytes(): number {
    const length = this.#header[1] ?? 0;
    if (this.#headerBytes < 2 || (length & ~MASKED) < 126) return 2;
    return (length & ~MASKED) === 126 ? 4 : MAX_HEADER_BYTES;
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    this.#header[this.#headerBytes] = chunk[at] ?? 0;
    this.#headerBytes += 1;
    if (this.#headerBytes === this.#wantedHeaderBytes()) this.#beginPayload();
    return 1;
  }

  #beginPayload(): void {
    const [first = 0, length = 0] = this.#header;
    if ((first & FIN) === 0) throw new Error("a message came in several frames");
    if ((length & MASKED) !== 0) throw new Error("a server's frame was masked");
    if (length < 126) this.#bytes = length;
    else if (length === 126) this.#bytes = this.#header.readUInt16BE(2);
    else this.#bytes = Number(this.#header.readBigUInt64BE(2));
    this.#leftBytes = this.#bytes;
    this.#keptBytes = 0;
    const wantedBytes = this.#isCompressed() ? this.#bytes : Math.min(this.#bytes, HEAD_BYTES);
    this.#payload = Buffer.allocUnsafe(wantedBytes);
    if (this.#leftBytes === 0) this.#finish();
  }

  #takePayload(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#leftBytes, chunk.length - at);
    const kept = Math.min(taken, this.#payload.length - this.#keptBytes);
    if (kept > 0) {
      this.#payload.set(chunk.subarray(at, at + kept), this.#keptBytes);
      this.#keptBytes += kept;
    }
    this.#leftBytes -= taken;
    if (this.#leftBytes === 0) this.#finish();
    return taken;
  }

  #finish(): void {
    const [first = 0] = this.#header;
    const isCompressed = this.#isCompressed();
    this.#headerBytes = 0;
    const opcode = first & OPCODE;
    this.#onFrame({ opcode, isCompressed, bytes: this.#bytes, payload: this.#payload });
  }

  #isCompressed(): boolean {
    return ((this.#header[0] ?? 0) & COMPRESSED) !== 0;
  }
}
