import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { median } from "./statistics.ts";

const WRITES = 50;
const PAGE = new Uint8Array(4_096);

/** How long a file system takes until it has what is written, in milliseconds: a page at a time. */
export function measureSyncMs(directory: string): number {
  mkdirSync(directory, { recursive: true });
  const own = mkdtempSync(join(directory, ".sync-"));
  try {
    return median(syncAll(join(own, "pages")));
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function syncAll(path: string): number[] {
  const file = openSync(path, "w");
  try {
    return Array.from({ length: WRITES }, () => {
      const startedAt = performance.now();
      writeSync(file, PAGE);
      fdatasyncSync(file);
      return performance.now() - startedAt;
    });
  } finally {
    closeSync(file);
  }
}
