import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRule, ruleBody } from "../../../src/alerts/rule-schema.ts";
import {
  changeDraft,
  draftOf,
  fieldsOf,
} from "../../../dashboard/src/cards/alerts/trial/rule-draft.ts";
import {
  MAX_TARGETS_LENGTH,
  MAX_TRIAL_LENGTH,
} from "../../../dashboard/src/cards/alerts/trial/trial-request.ts";
import {
  draftOfTrialText,
  trialText,
} from "../../../dashboard/src/cards/alerts/trial/trial-text.ts";
import { addressOf, DEFAULT_VIEW, viewOf } from "../../../dashboard/src/view-state.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("trial text", process.env["SEED"]);

function latencyRule() {
  const parsed = parseRule({ name: "slow", metric: "latency", thresholdMs: 1000 });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return ruleBody(parsed.rule);
}

const rule = latencyRule();
const unchanged = draftOf(rule);

test("a rule as it is needs no words, and what is changed needs few", () => {
  expect(trialText(rule, unchanged)).toBe("");
  let draft = changeDraft(rule, unchanged, "forMs", "10");
  draft = changeDraft(rule, draft, "targets", "meta google");
  expect(trialText(rule, draft)).toBe("forMs.10 targets.meta google");
});

test("an address holds whatever somebody wrote into the form, to the letter", () => {
  // No halves of pairs: an address cannot hold them.
  const anyText = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.constantFrom(
      "",
      " ",
      "1,5",
      "1 000",
      "50%",
      "%zz",
      "%20.",
      "\u{3000}",
      "targets.x",
      "a targets.b",
      "-1.5",
      "*",
    ),
  );
  const anyDraft = fc
    .tuple(...fieldsOf(rule).map(({ key }) => fc.tuple(fc.constant(key as string), anyText)))
    .chain((fields) =>
      fc.record({
        fields: fc.subarray(fields),
        targets: fc.oneof(anyText, fc.constant(unchanged["targets"] ?? "")),
      }),
    )
    .map(({ fields, targets }) => ({ ...unchanged, ...Object.fromEntries(fields), targets }));
  fc.assert(
    fc.property(anyDraft, (draft) => {
      const view = { ...DEFAULT_VIEW, rule: "slow", trial: trialText(rule, draft) };
      const read = viewOf(new URL(addressOf(view, new URL("https://t.example/")).href));
      expect(draftOfTrialText(rule, read.trial)).toEqual(draft);
    }),
    { seed, numRuns: 500 },
  );
});

test("whatever an address says of a rule, it gives a form with the rule's fields", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
      expect(Object.keys(draftOfTrialText(rule, text)).toSorted()).toEqual(
        Object.keys(unchanged).toSorted(),
      );
    }),
    { seed },
  );
  expect(draftOfTrialText(rule, "budget.7 __proto__.1 forMs  .3")).toEqual(unchanged);
});

test("the longest that the form takes is held by an address, and what is longer is not read", () => {
  const draft = { ...unchanged, targets: "%".repeat(MAX_TARGETS_LENGTH) };
  for (const { key } of fieldsOf(rule)) draft[key] = "\u{3000}".repeat(64);
  const text = trialText(rule, draft);
  expect(text.length).toBeLessThanOrEqual(MAX_TRIAL_LENGTH);
  const address = new URL("https://t.example/");
  address.searchParams.set("try", text);
  expect(viewOf(address).trial).toBe(text);
  address.searchParams.set("try", "x".repeat(MAX_TRIAL_LENGTH + 1));
  expect(viewOf(address).trial).toBe("");
});

test("how much history is looked at is in the address, too", () => {
  const view = viewOf(new URL("https://t.example/?rule=slow&over=7d"));
  expect(view.trialRange).toBe("7d");
  expect(addressOf(view, new URL("https://t.example/")).search).toBe("?rule=slow&over=7d");
  expect(viewOf(new URL("https://t.example/?over=90y")).trialRange).toBe("24h");
});
