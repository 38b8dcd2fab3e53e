// Preloaded (`node --import`): what is imported by a script comes too late, as a Node that is too
// old cannot read the script. Plain JavaScript for the same reason.
import { nodeFault } from "../bin/node-fault.mjs";

const fault = nodeFault("Tachograph", { runsSource: true });
if (fault !== undefined) {
  console.error(
    `${fault}\n` +
      "npm scripts run on the Node 24 that `npm ci` installs for Linux and macOS (on Windows use WSL):\n" +
      "run `npm ci` again without --omit=optional, or install Node 24 yourself. Outside npm scripts,\n" +
      "`npm exec -c 'COMMAND'` puts that Node first on the PATH.",
  );
  process.exit(1);
}
