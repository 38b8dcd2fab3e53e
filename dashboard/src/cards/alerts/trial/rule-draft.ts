import type { RuleInput } from "../../../../../src/alerts/rule-input.ts";
import { UNITS, type Unit } from "../../../../../src/alerts/rule.ts";
import { MINUTE_MS } from "../../../../../src/merge/slot-time.ts";

/** How a field of a rule is written in a form. */
type FieldKind = "number" | "minutes" | "window";

/** One field of a rule that may be changed before it is tried. */
export interface RuleField {
  /** Its name in the rule's JSON. */
  readonly key: keyof RuleInput;
  readonly kind: FieldKind;
}

/** What stands in the form, by the name of the field; `targets` with spaces or commas between. */
export type RuleDraft = Readonly<Record<string, string>>;

/** In the order in which they are shown; a rule has those that its metric knows. */
const FIELDS: readonly RuleField[] = [
  ...UNITS.flatMap((unit): readonly RuleField[] => [
    { key: `threshold${unit}`, kind: "number" },
    { key: `recoveryThreshold${unit}`, kind: "number" },
  ]),
  { key: "forMs", kind: "minutes" },
  { key: "keepFiringForMs", kind: "minutes" },
  { key: "percentile", kind: "number" },
  { key: "window", kind: "window" },
  { key: "windowMs", kind: "minutes" },
  { key: "lookbackMs", kind: "minutes" },
  { key: "longWindowMs", kind: "minutes" },
  { key: "shortWindowMs", kind: "minutes" },
  { key: "objective", kind: "number" },
  { key: "minCount", kind: "number" },
];

/** The fields that this rule has. */
export function fieldsOf(rule: RuleInput): readonly RuleField[] {
  return FIELDS.filter(({ key }) => rule[key] !== undefined);
}

/** The form as a rule fills it. */
export function draftOf(rule: RuleInput): RuleDraft {
  const texts = fieldsOf(rule).map(({ key, kind }) => [key, textOf(rule[key], kind)]);
  return { ...Object.fromEntries(texts), targets: (rule.targets ?? []).join(" ") };
}

/**
 * Changes one field. Where an alert ends again moves along with the threshold, as far from it in
 * proportion as the rule has it, until somebody has written another number there.
 */
export function changeDraft(
  rule: RuleInput,
  draft: RuleDraft,
  key: string,
  text: string,
): RuleDraft {
  const changed = { ...draft, [key]: text };
  const unit = unitOf(rule);
  if (unit === undefined || key !== `threshold${unit}`) return changed;
  const recovery = `recoveryThreshold${unit}`;
  if (draft[recovery] !== followingText(rule, unit, draft[key] ?? "")) return changed;
  return { ...changed, [recovery]: followingText(rule, unit, text) };
}

/**
 * The rule of a form, as `POST /v1/rules/backtest` takes it. What is no number is sent as it was
 * written: the server says of each field what it must be.
 */
export function ruleOfDraft(rule: RuleInput, draft: RuleDraft): Readonly<Record<string, unknown>> {
  const fields = fieldsOf(rule).map(({ key, kind }) => [key, valueOf(draft[key] ?? "", kind)]);
  const targets = (draft["targets"] ?? "").split(/[\s,;]+/).filter((name) => name !== "");
  return {
    ...rule,
    ...Object.fromEntries(fields),
    targets: targets.length === 0 ? null : targets,
  };
}

/** What a rule's thresholds are measured in; undefined for an object that has none. */
export function unitOf(rule: RuleInput): Unit | undefined {
  return UNITS.find((unit) => rule[`threshold${unit}`] !== undefined);
}

/** A number as somebody writes it, with a point or a comma; NaN for anything else. */
export function numberOf(text: string): number {
  const plain = text.trim().replace(",", ".");
  return plain === "" ? Number.NaN : Number(plain);
}

function textOf(value: unknown, kind: FieldKind): string {
  if (kind === "minutes" && typeof value === "number") return String(rounded(value / MINUTE_MS));
  return String(value);
}

function valueOf(text: string, kind: FieldKind): string | number {
  if (kind === "window") return text;
  const number = numberOf(text);
  if (Number.isNaN(number)) return text;
  return kind === "minutes" ? Math.round(number * MINUTE_MS) : number;
}

function followingText(rule: RuleInput, unit: Unit, text: string): string {
  const threshold = rule[`threshold${unit}`] ?? 0;
  const recovery = rule[`recoveryThreshold${unit}`] ?? threshold;
  const wanted = numberOf(text);
  if (Number.isNaN(wanted)) return String(recovery);
  const margin = recovery - threshold;
  const scale = threshold === 0 ? 1 : Math.abs(wanted / threshold);
  const moved = wanted + margin * scale;
  const followed = unit === "Count" ? Math.round(moved) : rounded(moved);
  // A value that there cannot be would never be passed: the alert would not end.
  const canBe = unit === "Value" || (followed > 0 && (unit !== "Rate" || followed < 1));
  return String(canBe ? followed : wanted);
}

/** Without what binary fractions leave behind, as 7.000000000000001. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
