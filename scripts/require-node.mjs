// Plain JavaScript on purpose: it must run, and explain itself, on a Node too old for the rest.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(
    `Tachograph needs Node 22.12 or newer, and this is Node ${process.versions.node}.\n` +
      "npm scripts run on the Node 24 that `npm ci` installs for Linux and macOS (on Windows use WSL):\n" +
      "run `npm ci` again without --omit=optional, or install Node 24 yourself.",
  );
  process.exit(1);
}
