import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { committed, prometheusRules, whereIs } from "../../support/artefacts/committed.ts";
import { exposedFamilies } from "../../support/artefacts/exposed.ts";

const PAGE = "docs/observability.md";
const TEXT = committed(PAGE);

/** GitHub's anchors of a page's headings. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

test("the table has every metric that is exposed, as it is exposed", () => {
  const rows = [...TEXT.matchAll(/^\| (`tachograph_\w+`) +\| (.*) \|$/gm)].map(
    ([, name, rest = ""]) =>
      [name, ...rest.split(" | ")].map((cell = "") => cell.trim()).join(" | "),
  );
  const exposed = [...exposedFamilies()].map(([name, { type, labels, help }]) => {
    const shown = [...labels].map((label) => `\`${label}\``).join(", ") || "–";
    const whole = type === "counter" ? `${name}_total` : name;
    return `\`${whole}\` | ${type} | ${shown} | ${help}`;
  });
  expect(rows).toEqual(exposed);
});

test("every link of it leads somewhere", () => {
  const links = [...TEXT.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) {
    const [file = "", anchor] = link.split("#");
    const path = file === "" ? PAGE : join(dirname(PAGE), file);
    expect(existsSync(whereIs(path)), link).toBe(true);
    if (anchor !== undefined) expect([...anchorsOf(committed(path))], link).toContain(anchor);
  }
});

test("every runbook that an alert names is there, and every alert about Tachograph itself is explained", () => {
  for (const { alert = "", annotations } of prometheusRules("prometheus/alerting-rules.yml")) {
    const [, page = "", anchor = ""] =
      /^https:\/\/docs\.example\.com\/tachograph\/([\w.]+)#(.+)$/.exec(
        annotations?.["runbook_url"] ?? "",
      ) ?? [];
    const file = `docs/${page}`;
    expect([...anchorsOf(committed(file))], alert).toContain(anchor);
    if (file === PAGE) expect(TEXT).toContain(`| ${alert} `);
  }
});

test("every file that it speaks of is there", () => {
  // Not what stands after a slash: that is a directory of the tool.
  const files = TEXT.matchAll(
    /(?<![\w/])(?:prometheus|grafana|otel|scripts|src)\/[\w/.-]+\.(?:ya?ml|json|ts)\b/g,
  );
  const named = new Set([...files].map(([file]) => file));
  expect(named.size).toBeGreaterThan(5);
  for (const file of named) expect(existsSync(whereIs(file)), file).toBe(true);
});
