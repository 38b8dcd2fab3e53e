import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

const Digests = v.record(v.string(), v.nullable(v.string()));

const Stamp = v.object({ builder: v.string(), inputs: Digests, outputs: Digests });

/** What a build was made of and what it made: digests by path; null is a file that is not there. */
export interface BuildStamp {
  /** Of the program that built. */
  readonly builder: string;
  /** By path from the root of the project. */
  readonly inputs: Readonly<Record<string, string | null>>;
  /** By path from the folder of the build. */
  readonly outputs: Readonly<Record<string, string | null>>;
}

/** The stamp in a file; undefined if there is none, or one of another time. */
export function readStamp(path: string): BuildStamp | undefined {
  const contents = readIfThere(path);
  const text = contents === undefined ? undefined : new TextDecoder().decode(contents);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Stamp), text);
  return parsed.success ? parsed.output : undefined;
}

/** Whether the same builder would make the same files of what is there now, and they are there. */
export function isUpToDate(
  stamp: BuildStamp,
  builder: string,
  rootDir: string,
  outputDir: string,
): boolean {
  return (
    stamp.builder === builder && matches(stamp.inputs, rootDir) && matches(stamp.outputs, outputDir)
  );
}

/** SHA-256 of a file, in hexadecimal; null if it is not there. */
export function digestOfFile(path: string): string | null {
  const contents = readIfThere(path);
  return contents === undefined ? null : digestOf(contents);
}

/** SHA-256 of contents, in hexadecimal. */
export function digestOf(contents: string | Uint8Array): string {
  return createHash("sha256").update(contents).digest("hex");
}

function matches(digests: Readonly<Record<string, string | null>>, dir: string): boolean {
  return Object.entries(digests).every(
    ([path, digest]) => digestOfFile(join(dir, path)) === digest,
  );
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
