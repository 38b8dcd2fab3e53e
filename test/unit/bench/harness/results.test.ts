import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FAMILIES } from "../../../../bench/families.ts";
import { reportOf, type RunResults } from "../../../../bench/lib/report.ts";

const ROOT_DIR = join(import.meta.dirname, "../../../..");
const read = (file: string): string => readFileSync(join(ROOT_DIR, file), "utf8");

it("the page of results is what a whole run of a commit came to", () => {
  const run = JSON.parse(read("bench/results.json")) as RunResults;
  expect(run).toMatchObject({ quick: false, names: [] });
  expect(run.commit).toMatch(/^[0-9a-f]{7,}$/u);
  expect(read("bench/RESULTS.md")).toBe(reportOf(run, FAMILIES));
});

it("the ratios that the README quotes are on that page", () => {
  const section = /## Measured\n(.*?)\n### /su.exec(read("README.md"))?.[1] ?? "";
  const quoted = [...section.matchAll(/\*\*(.+?)\*\*/gu)].map(([, figure = ""]) => figure);
  expect(quoted.length).toBeGreaterThanOrEqual(5);
  const page = read("bench/RESULTS.md");
  for (const figure of quoted) expect(page).toContain(`**${figure}**`);
});
