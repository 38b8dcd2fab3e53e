// Plain JavaScript on purpose: it must run, and explain itself, on a Node too old for the rest.
import { readFileSync } from "node:fs";

/**
 * What is wrong with the Node that runs this, or undefined: `engines` in package.json says which
 * is needed, and whoever runs TypeScript as it is needs one that strips its types.
 *
 * @param {string} program who needs it, at the beginning of the sentence
 * @param {{ runsSource: boolean }} options
 * @returns {string | undefined}
 */
export function nodeFault(program, { runsSource }) {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const [needed] = /[\d.]+/.exec(JSON.parse(manifest).engines.node);
  const isNewEnough = isAtLeast(process.versions.node, needed);
  if (!isNewEnough) {
    return `${program} needs Node ${needed} or newer, and this is Node ${process.versions.node}.`;
  }
  if (!runsSource || process.features.typescript) return undefined;
  return (
    `${program} is TypeScript that Node runs as it is, and this Node ${process.versions.node} strips no types: ` +
    "it is 23.0 to 23.5, or was told --no-strip-types."
  );
}

function isAtLeast(version, needed) {
  const [parts, neededParts] = [version, needed].map((text) => text.split(".").map(Number));
  const at = neededParts.findIndex((part, index) => part !== parts[index]);
  return at === -1 || parts[at] > neededParts[at];
}
