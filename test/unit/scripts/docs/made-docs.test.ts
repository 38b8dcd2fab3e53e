import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, expect, it } from "vitest";
import { madeDocs } from "../../../../scripts/docs/made-docs.ts";
import { unknownProblems } from "../../../../scripts/docs/openapi/problem-names.ts";

const ROOT_DIR = join(import.meta.dirname, "../../../..");

const FILES = ["docs/configuration.md", "docs/openapi.json", "docs/api.md"] as const;

let made: Readonly<Record<string, string>>;

// It reads the types of all sources, as the compiler does.
beforeAll(() => {
  made = madeDocs(ROOT_DIR);
}, 60_000);

it.for(FILES)("%s is what the code says", (file) => {
  const committed = readFileSync(join(ROOT_DIR, file), "utf8");
  // Not the texts: of half a megabyte nobody reads the difference.
  expect(committed === made[file], `${file} is out of date: run \`npm run docs\``).toBe(true);
});

it("writes nothing else", () => {
  expect(Object.keys(made)).toEqual(FILES);
});

it("describes the API as OpenAPI 3.1 has it", async () => {
  const document: object = JSON.parse(made["docs/openapi.json"] ?? "");
  const validator = new Validator();
  const { valid, errors } = await validator.validate({ ...document });
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(validator.version).toBe("3.1");
});

it("names every variable that the terminal has for itself", () => {
  const sources = globSync("src/cli/**/*.ts", { cwd: ROOT_DIR }).map((file) =>
    readFileSync(join(ROOT_DIR, file), "utf8"),
  );
  const read = sources.flatMap((text) => [...text.matchAll(/\benv\["(TACHOGRAPH_\w+)"\]/g)]);
  const names = [...new Set(read.map(([, name = ""]) => name))].toSorted();
  const shown = (made["docs/configuration.md"] ?? "").match(/^\| `TACHOGRAPH_\w+(?=`)/gm) ?? [];
  expect(shown.map((cell) => cell.slice(3)).toSorted()).toEqual(names);
  expect(names).toContain("TACHOGRAPH_TOKEN");
});

it("knows every kind of problem", () => {
  expect(unknownProblems()).toEqual([]);
});

it.for(["docs/configuration.md", "docs/api.md"])("%s has no link to nowhere", (file) => {
  const page = made[file] ?? "";
  const anchors = new Set(
    [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((anchor) => anchor === undefined || !anchors.has(anchor))).toEqual([]);
});
