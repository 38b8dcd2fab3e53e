import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { madeDocs } from "./made-docs.ts";

const ROOT_DIR = join(import.meta.dirname, "../..");

try {
  for (const [file, text] of Object.entries(madeDocs(ROOT_DIR))) {
    writeFileSync(join(ROOT_DIR, file), text);
    console.log(`wrote ${file}`);
  }
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
