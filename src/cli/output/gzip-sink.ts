import { once } from "node:events";
import { createGzip } from "node:zlib";
import type { ByteSink, TextSink } from "./text-sink.ts";

/** A sink whose end has to be said: what was packed is whole only then. */
interface PackedSink extends TextSink {
  finish(): Promise<void>;
}

/** Packs what is written with gzip, piece by piece, and writes it on. */
export function gzipSink(file: ByteSink): PackedSink {
  const gzip = createGzip();
  const drained = drain(gzip, file);
  // It is told where it is waited for.
  drained.catch((cause: unknown) => gzip.destroy(cause instanceof Error ? cause : undefined));
  return {
    write: async (text) => {
      if (gzip.write(text)) return;
      await Promise.race([once(gzip, "drain"), drained]);
    },
    finish: async () => {
      gzip.end();
      await drained;
    },
  };
}

async function drain(gzip: AsyncIterable<Uint8Array>, file: ByteSink): Promise<void> {
  for await (const piece of gzip) await file.writeBytes(piece);
}
