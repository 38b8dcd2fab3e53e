#!/usr/bin/env node
// Plain JavaScript on purpose: it must run, and explain itself, on a Node too old for the rest.
import { existsSync } from "node:fs";
import module from "node:module";
import { nodeFault } from "./node-fault.mjs";

const source = new URL("../src/cli/main.ts", import.meta.url);
const bundle = new URL("../dist/cli.js", import.meta.url);

// Node strips no types below node_modules: there it is what `npm pack` made that runs.
const runsSource = !import.meta.url.includes("/node_modules/") && existsSync(source);
const fault = nodeFault("tachograph", { runsSource });

if (fault !== undefined) {
  console.error(
    `${fault}\n` +
      (runsSource
        ? "Run `npx tachograph` where `npm ci` has been run: it brings Node 24 for Linux and macOS. Or install Node 24 yourself."
        : "Install Node 24 and run it again."),
  );
  // As a defect ends it: 1 to 3 are what `status` says of a system.
  process.exitCode = 70;
} else if (!runsSource && !existsSync(bundle)) {
  console.error(
    "tachograph: dist/cli.js is missing from this installation; install the package again.",
  );
  process.exitCode = 70;
} else {
  // Node's own place below the directory for temporary files: types stripped and code compiled once
  // halve what a start takes. It says so and does nothing where it cannot write.
  module.enableCompileCache();
  await import((runsSource ? source : bundle).href);
}
