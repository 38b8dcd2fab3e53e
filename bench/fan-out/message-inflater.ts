import { constants, inflateRawSync } from "node:zlib";

/** How far back deflate refers. */
const WINDOW_BYTES = 32_768;

/** What a sender leaves out of every message. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** Unpacks the messages of one connection with `permessage-deflate`, which refer to earlier ones. */
export class MessageInflater {
  #window = Buffer.alloc(0);

  /** @throws if it is no deflated message. */
  inflate(payload: Buffer): Buffer {
    const message = inflateRawSync(Buffer.concat([payload, TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(this.#window.length > 0 && { dictionary: this.#window }),
    });
    this.#window = Buffer.concat([this.#window, message]).subarray(-WINDOW_BYTES);
    return message;
  }
}
