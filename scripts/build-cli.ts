import { join } from "node:path";
import { build } from "esbuild";

const ROOT_DIR = join(import.meta.dirname, "..");

// What `bin/tachograph.mjs` runs where the package is installed: below node_modules Node strips no
// types. In a checkout nothing is built. Libraries stay outside: they are installed beside it, and
// are then found as they are from the source.
await build({
  entryPoints: [join(ROOT_DIR, "src/cli/main.ts")],
  outfile: join(ROOT_DIR, "dist/cli.js"),
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node22.18",
  logLevel: "warning",
});
