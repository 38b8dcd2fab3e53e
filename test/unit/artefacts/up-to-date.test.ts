import { expect, test } from "vitest";
import { artefacts } from "../../../scripts/artefacts/artefacts.ts";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import { committed } from "../../support/artefacts/committed.ts";

const ARTEFACTS = [...artefacts()];

test.each(ARTEFACTS)("%s is what is made of the rules and dashboards", (path, text) => {
  expect(committed(path), "run `npm run artefacts`, and commit what it writes").toBe(text);
});

test("making them twice makes the same", () => {
  expect([...artefacts()]).toEqual(ARTEFACTS);
});

test("every default rule has its entry in the runbook", () => {
  const runbook = committed("docs/alerts.md");
  for (const { name } of DEFAULT_RULES) expect(runbook).toContain(`\n### ${name}\n`);
});
