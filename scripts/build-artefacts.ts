import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { artefacts } from "./artefacts/artefacts.ts";

const ROOT_DIR = join(import.meta.dirname, "..");

// What Prometheus, Alertmanager and Grafana read, made from the default rules and the dashboards'
// sources. Committed, so that users copy them as they are; a test says when they are not up to date.
for (const [path, text] of artefacts()) {
  const file = join(ROOT_DIR, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
