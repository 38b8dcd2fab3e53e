import { useEffect, useMemo, useState } from "preact/hooks";
import type { RuleInput } from "../../../../../src/alerts/rule-input.ts";
import { messages, useMessages } from "../../../i18n/language.ts";
import { Fault } from "../../../parts/fault.tsx";
import { useSession } from "../../../session.ts";
import type { Asked } from "../../../use-answer.ts";
import { useSetView, useView } from "../../../view.ts";
import { ruleOfDraft } from "./rule-draft.ts";
import { SelectField } from "../../../parts/select-field.tsx";
import { TrialForm } from "./trial-form.tsx";
import { trialSpan } from "./trial-request.ts";
import { type TrialAnswer, TrialResult } from "./trial-result.tsx";
import { draftOfTrialText, trialText } from "./trial-text.ts";
import { useSend } from "../use-send.ts";

const TEXTS = messages(
  {
    loading: "Asking for the rules …",
    rule: "Rule",
    hint: "What would a rule have told, had it been like this? Nothing is changed by trying.",
    choose: "choose one …",
    unknown: (name: string) => `No rule is called ${name}.`,
    running: "Trying it on history …",
  },
  {
    loading: "Buscando as regras …",
    rule: "Regra",
    hint: "O que uma regra teria avisado se fosse assim? Testar não altera nada.",
    choose: "escolha uma …",
    unknown: (name: string) => `Nenhuma regra se chama ${name}.`,
    running: "Testando no histórico …",
  },
);

/** What came of trying a rule. */
interface Found {
  /** What was asked: the rule as it was tried, and on how much history. */
  readonly question: string;
  readonly answer: TrialAnswer;
}

/** Tries a rule on history before it is changed. */
export function RuleTrial({
  asked,
}: {
  readonly asked: Asked<{ readonly rules: readonly RuleInput[] }>;
}) {
  const texts = useMessages(TEXTS);
  const { rule: name } = useView();
  const setView = useSetView();
  const rules = asked.answer?.rules;
  if (rules === undefined) {
    return asked.fault === "" ? <p role="status">{texts.loading}</p> : <Fault text={asked.fault} />;
  }
  const rule = rules.find((candidate) => candidate.name === name);
  return (
    <div class="alert-panel">
      <p class="hint">{texts.hint}</p>
      <SelectField
        label={texts.rule}
        value={rule?.name ?? ""}
        options={[
          ...(rule === undefined ? [{ value: "", label: texts.choose }] : []),
          ...rules.map((known) => ({ value: known.name ?? "", label: known.name ?? "" })),
        ]}
        onChange={(chosen) => setView({ rule: chosen, trial: "" })}
      />
      {name !== null && rule === undefined && <Fault text={texts.unknown(name)} />}
      {rule !== undefined && <Trial key={rule.name} rule={rule} />}
    </div>
  );
}

function Trial({ rule }: { readonly rule: RuleInput }) {
  const texts = useMessages(TEXTS);
  const session = useSession();
  const { trial, trialRange } = useView();
  const setView = useSetView();
  const { send, drop, isSending, error } = useSend();
  const draft = useMemo(() => draftOfTrialText(rule, trial), [rule, trial]);
  const [found, setFound] = useState<Found | undefined>(undefined);
  const tried = ruleOfDraft(rule, draft);
  const question = JSON.stringify([tried, trialRange]);
  // What is found with other numbers would be taken for what these find.
  useEffect(() => drop, [question, drop]);
  const run = (): void =>
    send(
      (signal) =>
        session.api.ask<TrialAnswer>("/v1/rules/backtest", {
          method: "POST",
          body: { rule: tried, ...trialSpan(trialRange, session.nowMs()) },
          signal,
        }),
      (answer) => setFound({ question, answer }),
    );
  return (
    <>
      <TrialForm
        rule={rule}
        draft={draft}
        range={trialRange}
        error={error}
        isRunning={isSending}
        onDraft={(next) => setView({ trial: trialText(rule, next) })}
        onRange={(next) => setView({ trialRange: next })}
        onRun={run}
      />
      {isSending && <p role="status">{texts.running}</p>}
      {found?.question === question && !isSending && <TrialResult answer={found.answer} />}
    </>
  );
}
