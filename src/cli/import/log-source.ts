import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { HISTOGRAM_LOG_LIMITS } from "../../histogram/histogram-log-reader.ts";
import { CliError } from "../cli-error.ts";
import type { InStream } from "../cli-io.ts";
import { EXIT } from "../exit-code.ts";
import { LineSplitter, type TextLine } from "../line-splitter.ts";

/** One log that is read. */
export interface LogSource {
  /** How it is called in messages. */
  readonly name: string;
  /** Undefined for stdin. */
  readonly path: string | undefined;
  /** As it is stored; 0 for stdin, of which nobody knows. */
  readonly sizeBytes: number;
}

/** What files of a directory are called that are logs. */
const LOG_NAME = /\.hlog(?:\.gz)?$/;

/** Most files in all. */
const MAX_FILES = 10_000;

/**
 * The logs that a command line names: files, of directories those called `*.hlog` and `*.hlog.gz`
 * (not of directories in them), and stdin for `-`.
 * @throws CliError for what is not there, or a directory without logs.
 */
export async function logSources(paths: readonly string[]): Promise<LogSource[]> {
  const sources: LogSource[] = [];
  for (const path of paths) {
    if (path === "-") sources.push({ name: "stdin", path: undefined, sizeBytes: 0 });
    else sources.push(...(await explained(path, () => filesAt(path))));
  }
  if (sources.filter(({ path }) => path === undefined).length > 1) {
    throw new CliError("stdin can be read once", { exitCode: EXIT.usage });
  }
  if (sources.length <= MAX_FILES) return sources;
  throw new CliError(`${sources.length} files are more than ${MAX_FILES}: import them in parts`, {
    exitCode: EXIT.usage,
  });
}

async function filesAt(path: string): Promise<LogSource[]> {
  const found = await stat(path);
  if (!found.isDirectory()) return [{ name: path, path, sizeBytes: found.size }];
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && LOG_NAME.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
  if (names.length === 0) {
    throw new CliError(`${path} has no files called *.hlog or *.hlog.gz`, {
      exitCode: EXIT.refused,
    });
  }
  return Promise.all(
    names.map(async (name) => {
      const file = join(path, name);
      return { name: file, path: file, sizeBytes: (await stat(file)).size };
    }),
  );
}

/**
 * The lines of a log as they are read, some at a time; one that was compressed with gzip, which its
 * first bytes tell, is unpacked.
 * @param onBytes - told how many bytes more of it were read.
 * @throws CliError if it cannot be read to its end.
 */
export async function* logLines(
  source: LogSource,
  stdin: InStream,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): AsyncGenerator<TextLine[]> {
  const splitter = new LineSplitter(HISTOGRAM_LOG_LIMITS.maxLineLength);
  const decoder = new TextDecoder();
  const stream = source.path === undefined ? stdin : createReadStream(source.path);
  try {
    for await (const piece of unpacked(counted(stream, onBytes))) {
      signal.throwIfAborted();
      const lines = splitter.push(decoder.decode(piece, { stream: true }));
      if (lines.length > 0) yield lines;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw unreadable(source.name, cause);
  }
  const last = splitter.end();
  if (last.length > 0) yield last;
}

async function* counted(
  stream: NodeJS.ReadableStream,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) {
    const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
    onBytes(bytes.byteLength);
    yield bytes;
  }
}

/** The same bytes, or those that were packed into them. */
async function* unpacked(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const head: Uint8Array[] = [];
  let length = 0;
  while (length < 2) {
    const next = await pieces.next();
    if (next.done === true) break;
    head.push(next.value);
    length += next.value.byteLength;
  }
  const first = Buffer.concat(head);
  const isGzip = first[0] === 0x1f && first[1] === 0x8b;
  const all = following(first, pieces);
  if (isGzip) yield* gunzipped(all);
  else yield* all;
}

async function* following(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** A reader that stops in the middle stops both. */
async function* gunzipped(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const fed = pipeline(pieces, gunzip);
  // It fails where it is read, too, and that is told.
  fed.catch(() => undefined);
  for await (const piece of gunzip) yield piece;
  await fed;
}

async function explained<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(name: string, cause: unknown): CliError {
  if (cause instanceof CliError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CliError(`${name} cannot be read: ${reason}`, { exitCode: EXIT.refused, cause });
}
