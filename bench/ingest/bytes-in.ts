import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** As `stat` counts what a file takes up. */
const BLOCK_BYTES = 512;

/** What the files of a directory take up on disk, in bytes: what is only reserved is not counted. */
export function bytesIn(directory: string): number {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return paths.reduce((sum, path) => {
    // What is merged away meanwhile is not there any more.
    const stat = statSync(join(directory, path), { throwIfNoEntry: false });
    return sum + (stat?.isFile() === true ? stat.blocks * BLOCK_BYTES : 0);
  }, 0);
}
