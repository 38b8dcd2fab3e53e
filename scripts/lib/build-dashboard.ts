import { randomUUID } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import {
  build,
  type BuildFailure,
  type BuildOptions,
  formatMessages,
  type Message,
  type OutputFile,
  type Plugin,
  version,
} from "esbuild";
import { type BuildStamp, digestOf, digestOfFile, isUpToDate, readStamp } from "./build-stamp.ts";

/** Names what the files beside it were made of. */
const STAMP_FILE = ".made-of";

const TEMPORARY = ".tmp";

/** What is being written is in place within milliseconds. */
const TEMPORARY_LIFE_MS = 60_000;

const OUTPUT_DIR = "dashboard/public/build";

/** Sources that change while they are built, or another build of other ones, make one more. */
const MAX_BUILDS = 5;

/** Says which libraries have side effects; esbuild reads it by itself. */
const MANIFEST = "package.json";

/**
 * Bundles the page into `dashboard/public/build`, if it is not there already as its sources have it.
 * Several may do so at once: each file is replaced whole, and the last of them to end looks whether
 * what is there is of one build and of the sources as they are, and otherwise builds again.
 *
 * @returns how often it was built: 0 if everything was up to date
 * @throws Error if the sources do not compile (it says where), or do not stand still
 */
export async function buildDashboard(rootDir: string): Promise<number> {
  const outputDir = join(rootDir, OUTPUT_DIR);
  mkdirSync(outputDir, { recursive: true });
  removeLeftovers(outputDir);
  for (let builds = 0; builds <= MAX_BUILDS; builds += 1) {
    const stamp = readStamp(join(outputDir, STAMP_FILE));
    if (stamp !== undefined && isUpToDate(stamp, builder(), rootDir, outputDir)) return builds;
    if (builds < MAX_BUILDS) await buildOnce(rootDir, outputDir);
  }
  throw new Error(
    `${OUTPUT_DIR}: built ${MAX_BUILDS} times, and its sources or files were others each time; ` +
      "let nothing write to them and build again",
  );
}

async function buildOnce(rootDir: string, outputDir: string): Promise<void> {
  const inputs = new Map<string, string | null>();
  // Before esbuild reads it: if it changes meanwhile, the stamp is of the old one.
  inputs.set(MANIFEST, digestOfFile(join(rootDir, MANIFEST)));
  const outputFiles = await bundle({
    ...options(rootDir),
    outdir: dirname(outputDir),
    plugins: [readsNoted(rootDir, inputs)],
  });
  const outputs = new Map<string, string>();
  // Chunks first: a page that is loaded meanwhile finds all that its script names.
  const isEntry = (path: string): boolean => dirname(path) === outputDir;
  for (const { path, contents } of outputFiles.toSorted(
    (one, other) => Number(isEntry(one.path)) - Number(isEntry(other.path)),
  )) {
    outputs.set(relative(outputDir, path), digestOf(contents));
    replaceFile(path, contents);
  }
  removeOthers(outputDir, new Set([STAMP_FILE, ...outputs.keys()]));
  const stamp: BuildStamp = {
    builder: builder(),
    // In one order, whichever was read first: equal sources give equal files, this one too.
    inputs: Object.fromEntries([...inputs].toSorted(([one], [other]) => (one < other ? -1 : 1))),
    outputs: Object.fromEntries(outputs),
  };
  replaceFile(join(outputDir, STAMP_FILE), `${JSON.stringify(stamp, null, 1)}\n`);
}

async function bundle(asked: BuildOptions): Promise<OutputFile[]> {
  try {
    const { outputFiles, warnings } = await build({ ...asked, write: false });
    // A warning is a fault as well: nobody would read it.
    if (warnings.length > 0) throw await notBuilt(warnings);
    return outputFiles;
  } catch (error) {
    throw isBuildFailure(error) ? await notBuilt(error.errors) : error;
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && "warnings" in error;
}

async function notBuilt(messages: Message[]): Promise<Error> {
  const shown = await formatMessages(messages, { kind: "error" });
  return new Error(`the page is not built, because its sources have faults\n\n${shown.join("")}`);
}

/** How it is built is part of what it is made of. */
function builder(): string {
  return digestOf(`${version}\n${readFileSync(import.meta.filename, "utf8")}`);
}

function options(rootDir: string): BuildOptions {
  return {
    absWorkingDir: rootDir,
    entryPoints: {
      "build/main": join(rootDir, "dashboard/src/main.tsx"),
      "build/style": join(rootDir, "dashboard/src/styles/main.css"),
      // Beside the page, for whoever asks a server what it can do: it needs no token and no code.
      openapi: join(rootDir, "docs/openapi.json"),
    },
    loader: { ".json": "copy" },
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2023"],
    minify: true,
    sourcemap: "linked",
    jsx: "automatic",
    jsxImportSource: "preact",
    // All that matters of tsconfig.json, so that esbuild reads none.
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    // A folder of their own, because they alone may be cached for ever.
    chunkNames: "build/chunks/[name]-[hash]",
    legalComments: "none",
    logLevel: "silent",
  };
}

/** Notes what of each file went into the bundle, as it was read: it may be another one soon. */
function readsNoted(rootDir: string, inputs: Map<string, string | null>): Plugin {
  return {
    name: "reads-noted",
    setup(bundler) {
      bundler.onLoad({ filter: /./, namespace: "file" }, ({ path }) => {
        const contents = readFileSync(path);
        inputs.set(relative(rootDir, path), digestOf(contents));
        return { contents, loader: "default" };
      });
    },
  };
}

/** What a build that was ended amid its work has left in the folder that is served. */
function removeLeftovers(outputDir: string): void {
  const before = Date.now() - TEMPORARY_LIFE_MS;
  for (const name of filesIn(outputDir)) {
    const path = join(outputDir, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (name.endsWith(TEMPORARY) && mtimeMs !== undefined && mtimeMs < before) {
      rmSync(path, { force: true });
    }
  }
}

/** Files of before, which nothing refers to any more. */
function removeOthers(outputDir: string, kept: ReadonlySet<string>): void {
  for (const name of filesIn(outputDir)) {
    // What another build is just writing is not to be taken from it.
    const isBeingWritten = name.endsWith(TEMPORARY);
    if (!kept.has(name) && !isBeingWritten) rmSync(join(outputDir, name), { force: true });
  }
}

/** Relative paths of all files below. */
function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)));
}

function replaceFile(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}${TEMPORARY}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}
