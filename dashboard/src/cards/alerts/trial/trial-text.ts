import type { RuleInput } from "../../../../../src/alerts/rule-input.ts";
import { draftOf, fieldsOf, type RuleDraft } from "./rule-draft.ts";

const TARGETS = "targets.";

/**
 * What a form has otherwise than its rule, in one line for the page's address, as
 * `thresholdMs.500 forMs.10 targets.meta google`; empty if it is all the same. The targets are last
 * and stand as they were written.
 */
export function trialText(rule: RuleInput, draft: RuleDraft): string {
  const unchanged = draftOf(rule);
  const words = fieldsOf(rule).flatMap(({ key }) => {
    const text = draft[key] ?? "";
    return text === unchanged[key] ? [] : [`${key}.${oneWord(text)}`];
  });
  const targets = draft["targets"] ?? "";
  if (targets !== unchanged["targets"]) words.push(`${TARGETS}${targets}`);
  return words.join(" ");
}

/**
 * The form of a rule with what {@link trialText} says is otherwise. What it says of fields that the
 * rule has not is left out: an address may be anything.
 */
export function draftOfTrialText(rule: RuleInput, text: string): RuleDraft {
  const draft: Record<string, string> = { ...draftOf(rule) };
  const keys = new Set<string>(fieldsOf(rule).map(({ key }) => key));
  const { words, targets } = partsOf(text);
  for (const word of words) {
    const [, key = "", value = ""] = /^(\w+)\.(.*)$/s.exec(word) ?? [];
    if (keys.has(key)) draft[key] = fromOneWord(value);
  }
  return targets === undefined ? draft : { ...draft, targets };
}

function partsOf(text: string): { words: readonly string[]; targets: string | undefined } {
  const at = text.startsWith(TARGETS) ? 0 : text.indexOf(` ${TARGETS}`);
  if (at === -1) return { words: text.split(" "), targets: undefined };
  const from = at === 0 ? 0 : at + 1;
  return { words: text.slice(0, at).split(" "), targets: text.slice(from + TARGETS.length) };
}

/** What would divide a word is written as its code: a space as `%20.`. */
function oneWord(text: string): string {
  return text.replace(/[\s%]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}.`);
}

function fromOneWord(word: string): string {
  return word.replace(/%([\da-f]{1,4})\./g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
