import { useEffect, useRef } from "preact/hooks";
import type { RuleInput } from "../../../../../src/alerts/rule-input.ts";
import { WINDOW_NAMES } from "../../../../../src/merge/series-state.ts";
import type { ApiError } from "../../../api.ts";
import { useFormat } from "../../../i18n/format.ts";
import { messages, useMessages } from "../../../i18n/language.ts";
import { Choice } from "../../../parts/choice.tsx";
import { COMPARISON_SIGNS } from "../comparison-signs.ts";
import { MEASURE_NAMES } from "../../../../../src/measure-names.ts";
import { METRIC_NAMES } from "../metric-names.ts";
import {
  changeDraft,
  fieldsOf,
  numberOf,
  type RuleDraft,
  type RuleField,
  unitOf,
} from "./rule-draft.ts";
import { SelectField } from "../../../parts/select-field.tsx";
import { SendFault } from "../send-fault.tsx";
import { TextField } from "../../../parts/text-field.tsx";
import { MAX_TARGETS_LENGTH, TRIAL_RANGES, type TrialRange } from "./trial-request.ts";
import { valueText } from "../value-text.ts";

const TEXTS = messages(
  {
    fields: "Fields of the rule",
    threshold: "Threshold",
    recoveryThreshold: "Ends at",
    forMs: "Has to hold for (minutes)",
    keepFiringForMs: "Goes on for (minutes)",
    percentile: "Percentile",
    window: "Window",
    windowMs: "Window (minutes)",
    lookbackMs: "Looks back (minutes)",
    longWindowMs: "Long window (minutes)",
    shortWindowMs: "Short window (minutes)",
    objective: "Objective (0 to 1)",
    minCount: "Fewest timings",
    targets: "Only these targets",
    targetsHint: "empty: all that the rule is for",
    range: "Tried on the last",
    run: "Try it",
    ms: "ms",
    rate: "0 to 1",
    ratio: "times",
  },
  {
    fields: "Campos da regra",
    threshold: "Limiar",
    recoveryThreshold: "Termina em",
    forMs: "Precisa durar (minutos)",
    keepFiringForMs: "Continua por (minutos)",
    percentile: "Percentil",
    window: "Janela",
    windowMs: "Janela (minutos)",
    lookbackMs: "Período observado (minutos)",
    longWindowMs: "Janela longa (minutos)",
    shortWindowMs: "Janela curta (minutos)",
    objective: "Objetivo (0 a 1)",
    minCount: "Mínimo de medições",
    targets: "Só estes alvos",
    targetsHint: "vazio: todos a que a regra se aplica",
    range: "Período do teste",
    run: "Testar",
    ms: "ms",
    rate: "0 a 1",
    ratio: "vezes",
  },
);

interface TrialFormProps {
  readonly rule: RuleInput;
  readonly draft: RuleDraft;
  readonly range: TrialRange;
  readonly error: ApiError | undefined;
  readonly isRunning: boolean;
  readonly onDraft: (draft: RuleDraft) => void;
  readonly onRange: (range: TrialRange) => void;
  readonly onRun: () => void;
}

/** The numbers of a rule, which may be changed, and the time that it is tried on. */
export function TrialForm(props: TrialFormProps) {
  const { rule, draft, range, error, isRunning, onDraft, onRange, onRun } = props;
  const texts = useMessages(TEXTS);
  const metrics = useMessages(METRIC_NAMES);
  const measures = useMessages(MEASURE_NAMES);
  const fields = fieldsOf(rule);
  const faultOf = (key: string): string =>
    error?.faults.find(({ pointer }) => pointer === `/rule/${key}`)?.reason ?? "";
  const change = (key: string, text: string): void => onDraft(changeDraft(rule, draft, key, text));
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error !== undefined)
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);
  const shownElsewhere = [...fields.map(({ key }) => key), "targets"].map((key) => `/rule/${key}`);
  return (
    <form
      ref={form}
      class="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        onRun();
      }}
    >
      <p>
        {rule.severity} ·{" "}
        {rule.measure === undefined ? rule.metric && metrics[rule.metric] : measures[rule.measure]}{" "}
        {rule.comparison && COMPARISON_SIGNS[rule.comparison]} …
      </p>
      <div class="fields" role="group" aria-label={texts.fields}>
        {fields.map((field) => (
          <RuleFieldInput
            key={field.key}
            rule={rule}
            field={field}
            text={draft[field.key] ?? ""}
            fault={faultOf(field.key)}
            onChange={(text) => change(field.key, text)}
          />
        ))}
        <TextField
          label={texts.targets}
          value={draft["targets"] ?? ""}
          maxLength={MAX_TARGETS_LENGTH}
          hint={texts.targetsHint}
          fault={faultOf("targets")}
          onChange={(text) => change("targets", text)}
        />
      </div>
      <Choice
        name="trial-range"
        legend={texts.range}
        options={TRIAL_RANGES.map((value) => ({ value, label: value }))}
        value={range}
        onChange={onRange}
      />
      <SendFault error={error} shownElsewhere={shownElsewhere} />
      <div class="buttons">
        <button type="submit" disabled={isRunning}>
          {texts.run}
        </button>
      </div>
    </form>
  );
}

function RuleFieldInput({
  rule,
  field: { key, kind },
  text,
  fault,
  onChange,
}: {
  readonly rule: RuleInput;
  readonly field: RuleField;
  readonly text: string;
  readonly fault: string;
  readonly onChange: (text: string) => void;
}) {
  const label = useFieldLabel(rule, key);
  const format = useFormat();
  if (kind === "window") {
    const options = WINDOW_NAMES.map((value) => ({ value, label: value }));
    return <SelectField label={label} value={text} options={options} onChange={onChange} />;
  }
  const unit = unitOf(rule);
  const number = numberOf(text);
  const isThreshold = unit !== undefined && key.toLowerCase().includes("threshold");
  // 0.1 is soon taken for 0.1 %.
  const isUnclear = unit === "Rate" || unit === "Value" || rule.metric === "noData";
  const hint =
    isThreshold && isUnclear && !Number.isNaN(number)
      ? valueText(format, number, { unit, metric: rule.metric ?? "", measure: rule.measure })
      : "";
  return (
    <TextField
      label={label}
      value={text}
      kind="number"
      isRequired
      hint={hint}
      fault={fault}
      onChange={onChange}
    />
  );
}

function useFieldLabel(rule: RuleInput, key: string): string {
  const texts = useMessages(TEXTS);
  const unit = unitOf(rule);
  const units: Readonly<Record<string, string>> = {
    Ms: texts.ms,
    Rate: texts.rate,
    Ratio: texts.ratio,
  };
  const suffix = units[unit ?? ""];
  const ofUnit = (name: string): string => (suffix === undefined ? name : `${name} (${suffix})`);
  if (key === `threshold${unit}`) return ofUnit(texts.threshold);
  if (key === `recoveryThreshold${unit}`) return ofUnit(texts.recoveryThreshold);
  const labels: Readonly<Record<string, string | ((...values: never[]) => string)>> = texts;
  const label = labels[key];
  return typeof label === "string" ? label : key;
}
