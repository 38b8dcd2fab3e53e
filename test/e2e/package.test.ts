import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };

/* What `npm pack` makes, installed in a project: the client as source, the program as a bundle. */

const ROOT_DIR = join(import.meta.dirname, "../..");
/** A Node older than the one needed, where Debian's is; another one would be of no use here. */
const OLD_NODE = "/usr/bin/node";

let projectDir = "";
let packageDir = "";

beforeAll(() => {
  projectDir = mkdtempSync(join(tmpdir(), "tachograph-package-"));
  packageDir = join(projectDir, "node_modules/tachograph");
  mkdirSync(packageDir, { recursive: true });
  execFileSync("npm", ["pack", "--silent", "--pack-destination", projectDir], { cwd: ROOT_DIR });
  const [tarball = ""] = globSync("*.tgz", { cwd: projectDir });
  execFileSync("tar", [
    "-xzf",
    join(projectDir, tarball),
    "-C",
    packageDir,
    "--strip-components=1",
  ]);
  // What npm would install beside it, and nothing that is for development only.
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(projectDir, "node_modules", name)), { recursive: true });
    symlinkSync(join(ROOT_DIR, "node_modules", name), join(projectDir, "node_modules", name));
  }
});
afterAll(() => rmSync(projectDir, { recursive: true, force: true }));

function program(node: string, dir: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(node, [join(dir, "bin/tachograph.mjs"), ...args], {
    cwd: projectDir,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** The version of a Node that is too old; undefined, with a line that says so, if there is none. */
function oldVersion(skip: (note: string) => void): string | undefined {
  const asked = existsSync(OLD_NODE)
    ? spawnSync(OLD_NODE, ["-v"], { encoding: "utf8" })
    : undefined;
  const version = asked?.stdout.trim().slice(1) ?? "";
  if (Number.parseInt(version, 10) < 22) return version;
  skip(`${OLD_NODE} is not there, or not too old`);
  return undefined;
}

it("holds the client's source and the bundled program, and nothing of the server", () => {
  const held = globSync("**/*", { cwd: packageDir, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(packageDir.length + 1));
  const allowed =
    /^(?:bin\/[\w-]+\.mjs|dist\/cli\.js|LICENSE|README\.md|package\.json|src\/(?:client|wire)\/.*|src\/limits\/lease-holder\.ts|src\/[\w-]+\.ts)$/;
  expect(held.filter((path) => !allowed.test(path))).toEqual([]);
});

it("runs the program below node_modules", () => {
  expect(program(process.execPath, packageDir, "--version")).toEqual({
    status: 0,
    stdout: `${manifest.version}\n`,
    stderr: "",
  });
});

it("compiles in a Worker that imports the client", () => {
  writeFileSync(
    join(projectDir, "worker.ts"),
    'import { instrumentD1, tachograph, type TachographBinding } from "tachograph/client";\n' +
      "export default {\n" +
      "  fetch: (request, env, context) =>\n" +
      '    tachograph(env.TACHOGRAPH, context).fetch("meta", "events", request),\n' +
      "} satisfies ExportedHandler<{ TACHOGRAPH: TachographBinding }>;\n" +
      "export { instrumentD1 };\n",
  );
  const options = { extends: join(ROOT_DIR, "tsconfig.json"), files: ["worker.ts"], include: [] };
  const compilerOptions = {
    types: ["@cloudflare/workers-types"],
    typeRoots: [join(ROOT_DIR, "node_modules")],
    skipLibCheck: true,
  };
  writeFileSync(join(projectDir, "tsconfig.json"), JSON.stringify({ ...options, compilerOptions }));
  const tsc = join(ROOT_DIR, "node_modules/.bin/tsc");
  const { stdout } = spawnSync(tsc, ["--noEmit"], { cwd: projectDir, encoding: "utf8" });
  expect(stdout).toBe("");
});

it.for(["installed", "checkout"])(
  "says on too old a Node which one it needs: %s",
  (where, test) => {
    const version = oldVersion(test.skip);
    const dir = where === "installed" ? packageDir : ROOT_DIR;
    const { status, stdout, stderr } = program(OLD_NODE, dir, "status");
    const needed = manifest.engines.node.slice(">=".length);
    expect(stderr.split("\n")[0]).toBe(
      `tachograph needs Node ${needed} or newer, and this is Node ${version}.`,
    );
    expect({ status, stdout, lines: stderr.trim().split("\n").length }).toEqual({
      status: 70,
      stdout: "",
      lines: 2,
    });
  },
);

it("looks which Node it is before it runs a script", (test) => {
  const version = oldVersion(test.skip);
  const build = /^command = "(.*)"$/m.exec(readFileSync(join(ROOT_DIR, "wrangler.toml"), "utf8"));
  const commands = [...Object.values(manifest.scripts), build?.[1] ?? ""];
  for (const command of commands.filter((line) => /\.ts\b/.test(line))) {
    expect(command).toMatch(
      /^(?:exec )?node (?:--import \.\/scripts\/require-node\.mjs (?:scripts|bench)|scripts\/require-node\.mjs &&)/,
    );
  }
  const env = { ...process.env, PATH: `${dirname(OLD_NODE)}:/bin` };
  const options = { cwd: ROOT_DIR, env, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", manifest.scripts.build], options);
  expect(stderr).toContain(`and this is Node ${version}.\n`);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
});
