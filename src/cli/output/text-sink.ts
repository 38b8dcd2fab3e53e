import { once } from "node:events";
import type { OutStream } from "../cli-io.ts";

/** Where a text of any length is written to, piece by piece. */
export interface TextSink {
  /** Resolves when more can be taken. */
  write(text: string): Promise<void>;
}

/** One that takes bytes, too. */
export interface ByteSink extends TextSink {
  /** Resolves when more can be taken. */
  writeBytes(bytes: Uint8Array): Promise<void>;
}

/** Writes to a stream no faster than it is read. @param signal ends the waiting. */
export function streamSink(stream: OutStream, signal: AbortSignal): TextSink {
  return {
    write: async (text) => {
      signal.throwIfAborted();
      if (!stream.write(text)) await once(stream, "drain", { signal });
    },
  };
}
