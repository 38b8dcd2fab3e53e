import { randomUUID } from "node:crypto";
import { type FileHandle, lstat, open, realpath, rename, rm } from "node:fs/promises";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import type { ByteSink } from "./text-sink.ts";

/** Characters that are gathered before they are written. */
const GATHERED = 65_536;

/**
 * A file that is there whole or not at all: it is written beside its place, as `FILE.….part` under a
 * name that nobody else has, and put there at the end. Every failure is a {@link CliError}.
 */
class PartFile implements ByteSink {
  readonly #path: string;
  readonly #partPath: string;
  readonly #isForced: boolean;
  readonly #handle: FileHandle;
  #gathered: string[] = [];
  #length = 0;

  private constructor(path: string, partPath: string, isForced: boolean, handle: FileHandle) {
    this.#path = path;
    this.#partPath = partPath;
    this.#isForced = isForced;
    this.#handle = handle;
  }

  /**
   * Begins a file.
   * @param isForced - whether a file that is there already is replaced.
   */
  static async open(path: string, isForced: boolean): Promise<PartFile> {
    return explained(path, async () => {
      const place = await placeOf(path, isForced);
      // Two at the same time write two parts, and the last one to end has its file there, whole.
      const partPath = `${place}.${randomUUID()}.part`;
      const handle = await open(partPath, "wx");
      return new PartFile(place, partPath, isForced, handle);
    });
  }

  async write(text: string): Promise<void> {
    this.#gathered.push(text);
    this.#length += text.length;
    if (this.#length >= GATHERED) await this.#flush();
  }

  async writeBytes(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    await explained(this.#path, () => this.#handle.appendFile(bytes));
  }

  /** Puts the file in its place. */
  async finish(): Promise<void> {
    await this.#flush();
    await explained(this.#path, async () => {
      // Otherwise a machine that loses its power could have the name without the content.
      await this.#handle.sync();
      await this.#handle.close();
      // Somebody may have made one meanwhile.
      await placeOf(this.#path, this.#isForced);
      await rename(this.#partPath, this.#path);
    });
  }

  /** Removes what there is of it. Never throws: something else went wrong before. */
  async discard(): Promise<void> {
    await Promise.allSettled([this.#handle.close(), rm(this.#partPath, { force: true })]);
  }

  async #flush(): Promise<void> {
    const text = this.#gathered.join("");
    this.#gathered = [];
    this.#length = 0;
    await explained(this.#path, () => this.#handle.appendFile(text));
  }
}

/**
 * Has a {@link PartFile} written, and puts it in its place; if anything goes wrong, nothing is left.
 * @param isForced - whether a file that is there already is replaced.
 * @param signal - whoever aborts it does not want the file.
 * @returns what `write` returns.
 * @throws what `write` throws, the signal's reason, and CliError.
 */
export async function writeWhole<Result>(
  path: string,
  isForced: boolean,
  write: (file: ByteSink) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const file = await PartFile.open(path, isForced);
  try {
    const result = await write(file);
    signal.throwIfAborted();
    await file.finish();
    return result;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Where the file is to be: behind a link, what it points to. */
async function placeOf(path: string, isForced: boolean): Promise<string> {
  const found = await existing(path);
  if (found === undefined) return path;
  if (found.isSymbolicLink()) return placeOf(await realpath(path), isForced);
  if (!found.isFile()) {
    const exitCode = EXIT.cannotWrite;
    const hint = "Without --output it is written to stdout.";
    throw new CliError(`${path} is no file that could be replaced`, { exitCode, hint });
  }
  if (isForced) return path;
  throw new CliError(`${path} is there already: it is not overwritten`, {
    exitCode: EXIT.cannotWrite,
    hint: "--force replaces it.",
  });
}

async function existing(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw cause;
  }
}

async function explained<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const exitCode = EXIT.cannotWrite;
    throw new CliError(`${path} cannot be written: ${reason}`, { exitCode, cause });
  }
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}
