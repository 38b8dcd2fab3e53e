import { join } from "node:path";
import { buildDashboard } from "./lib/build-dashboard.ts";

try {
  await buildDashboard(join(import.meta.dirname, ".."));
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
