import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, it } from "vitest";
import { buildDashboard } from "../../../scripts/lib/build-dashboard.ts";

/** A page as small as one can be: a script, a chunk that it loads later, a style, what is shared. */
const SOURCES = {
  "package.json": '{ "type": "module", "sideEffects": false }',
  "dashboard/src/main.tsx":
    'import { WORD } from "../../src/shared.ts";\n' +
    'document.title = WORD; void import("./later.ts").then(({ later }) => later());\n',
  "dashboard/src/later.ts": 'export function later(): void { document.title = "later"; }\n',
  "dashboard/src/styles/main.css": '@import "./base.css";\n',
  "dashboard/src/styles/base.css": "body { color: red; }\n",
  "src/shared.ts": 'export const WORD = "before";\n',
  "src/unused.ts": "export const UNUSED = 1;\n",
  "docs/openapi.json": '{ "openapi": "3.1.0" }\n',
};

let rootDir: string;
let outputDir: string;

beforeEach(() => {
  rootDir = mkdtempSync(join(tmpdir(), "build-dashboard-"));
  outputDir = join(rootDir, "dashboard/public/build");
  for (const [path, text] of Object.entries(SOURCES)) write(path, text);
});

afterEach(() => rmSync(rootDir, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(rootDir, path)), { recursive: true });
  writeFileSync(join(rootDir, path), text);
}

function built(): string[] {
  return globSync(["**/*.*", ".*"], { cwd: outputDir }).toSorted();
}

function script(): string {
  return readFileSync(join(outputDir, "main.js"), "utf8");
}

it("makes the entries, and chunks that are named after what they hold", async () => {
  expect(await buildDashboard(rootDir)).toBe(1);
  const names = built().map((name) => name.replace(/-[A-Z0-9]{8}\./, "-HASH."));
  expect(names).toEqual([
    ".made-of",
    "chunks/later-HASH.js",
    "chunks/later-HASH.js.map",
    "main.js",
    "main.js.map",
    "style.css",
    "style.css.map",
  ]);
  expect(script()).toContain("before");
  expect(readFileSync(join(outputDir, "style.css"), "utf8")).toContain("red");
});

it("puts the description of the API beside the page as it is", async () => {
  await buildDashboard(rootDir);
  const served = join(outputDir, "../openapi.json");
  expect(readFileSync(served, "utf8")).toBe('{ "openapi": "3.1.0" }\n');
  write("docs/openapi.json", '{ "openapi": "3.1.1" }\n');
  expect(await buildDashboard(rootDir)).toBe(1);
  expect(readFileSync(served, "utf8")).toBe('{ "openapi": "3.1.1" }\n');
  rmSync(served);
  expect(await buildDashboard(rootDir)).toBe(1);
  expect(await buildDashboard(rootDir)).toBe(0);
});

it("does nothing if what is there is up to date", async () => {
  await buildDashboard(rootDir);
  const times = built().map((name) => statSync(join(outputDir, name)).mtimeMs);
  write("src/unused.ts", "export const UNUSED = 2;\n");
  expect(await buildDashboard(rootDir)).toBe(0);
  expect(built().map((name) => statSync(join(outputDir, name)).mtimeMs)).toEqual(times);
});

it("makes each file again that is missing or is not what it made", async () => {
  await buildDashboard(rootDir);
  const names = built();
  for (const name of names) {
    const path = join(outputDir, name);
    const contents = readFileSync(path, "utf8");
    rmSync(path);
    expect(await buildDashboard(rootDir), `${name} missing`).toBe(1);
    expect(readFileSync(path, "utf8"), name).toEqual(contents);
    writeFileSync(path, "other");
    expect(await buildDashboard(rootDir), `${name} changed`).toBe(1);
    expect(readFileSync(path, "utf8"), name).toEqual(contents);
  }
  expect(built()).toEqual(names);
});

it.for([
  { path: "src/shared.ts", text: 'export const WORD = "after";\n' },
  { path: "dashboard/src/main.tsx", text: "document.title = 'after';\n" },
  { path: "dashboard/src/later.ts", text: "export const later = (): string => 'after';\n" },
  { path: "dashboard/src/styles/base.css", text: "body { content: 'after'; }\n" },
  { path: "package.json", text: '{ "name": "after" }' },
])("builds again when $path has changed", async ({ path, text }) => {
  await buildDashboard(rootDir);
  write(path, text);
  expect(await buildDashboard(rootDir)).toBe(1);
  expect(await buildDashboard(rootDir)).toBe(0);
  const all = built().map((name) => readFileSync(join(outputDir, name), "utf8"));
  if (path !== "package.json") expect(all.join("\n")).toContain("after");
});

it("leaves no chunk behind that nothing refers to any more", async () => {
  await buildDashboard(rootDir);
  const before = built().filter((name) => name.startsWith("chunks/"));
  write("dashboard/src/later.ts", "export function later(): void { document.title = 'new'; }\n");
  await buildDashboard(rootDir);
  for (const name of before) expect(existsSync(join(outputDir, name)), name).toBe(false);
  expect(built().filter((name) => name.startsWith("chunks/"))).toHaveLength(before.length);
});

it("clears away what a killed build has left, and not what another is writing", async () => {
  await buildDashboard(rootDir);
  const left = join(outputDir, "chunks/left.js.1.tmp");
  const fresh = join(outputDir, "main.js.2.tmp");
  for (const path of [left, fresh]) writeFileSync(path, "half");
  const minutesAgo = Date.now() / 1000 - 120;
  utimesSync(left, minutesAgo, minutesAgo);
  expect(await buildDashboard(rootDir)).toBe(0);
  expect([existsSync(left), existsSync(fresh)]).toEqual([false, true]);
});

it("says where the sources have faults, and leaves what is there", async () => {
  await buildDashboard(rootDir);
  write("src/shared.ts", "export const WORDS = 1;\n");
  await expect(buildDashboard(rootDir)).rejects.toThrow(
    /sources have faults[^]*No matching export in "src\/shared.ts"[^]*dashboard\/src\/main.tsx:1:9/,
  );
  expect(script()).toContain("before");
  write("src/shared.ts", SOURCES["src/shared.ts"]);
  expect(await buildDashboard(rootDir)).toBe(0);
});

it("is of the newest sources and whole at the end, whichever builds were under way", async () => {
  const builds: Promise<number>[] = [];
  for (let word = 0; word < 6; word += 1) {
    write("src/shared.ts", `export const WORD = "word ${word}";\n`);
    write("dashboard/src/later.ts", `export const later = () => ${word};\n`);
    builds.push(buildDashboard(rootDir));
    // Lets the builds before get to different points.
    await new Promise((resolve) => setTimeout(resolve, 5 * word));
  }
  await Promise.all(builds);
  expect(script()).toContain("word 5");
  expect(await buildDashboard(rootDir)).toBe(0);
  expect(built().filter((name) => name.endsWith(".tmp"))).toEqual([]);
  expect(readdirSync(join(outputDir, "chunks"))).toHaveLength(2);
});

it("shows nobody half a file while several threads build the same", async () => {
  // Large enough that writing it takes a while.
  write("src/shared.ts", `export const WORD = ${JSON.stringify("word ".repeat(400_000))};\n`);
  const module = new URL("../../../scripts/lib/build-dashboard.ts", import.meta.url).href;
  const code = `import(${JSON.stringify(module)}).then((it) => it.buildDashboard(${JSON.stringify(rootDir)}))`;
  const workers = Array.from({ length: 3 }, () => new Worker(code, { eval: true }));
  const ends = Promise.all(workers.map((worker) => once(worker, "exit")));
  const over = new AbortController();
  void ends.finally(() => over.abort());
  const seen = new Set<string>();
  while (!over.signal.aborted) {
    if (existsSync(join(outputDir, "main.js"))) seen.add(script());
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await ends).toEqual([[0], [0], [0]]);
  seen.add(script());
  expect(seen.size).toBe(1);
  expect(await buildDashboard(rootDir)).toBe(0);
});
