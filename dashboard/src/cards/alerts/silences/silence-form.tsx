import { useId, useState } from "preact/hooks";
import { SEVERITIES } from "../../../../../src/alerts/rule.ts";
import { MAX_BY, MAX_WHY } from "../../../../../src/api/printable.ts";
import { messages, useMessages } from "../../../i18n/language.ts";
import { Choice } from "../../../parts/choice.tsx";
import { useSession } from "../../../session.ts";
import { keepOwnName, ownName } from "../own-name.ts";
import { SendFault } from "../send-fault.tsx";
import { SelectField } from "../../../parts/select-field.tsx";
import { SILENCE_LENGTHS, silenceBody, type SilenceDraft } from "./silence-body.ts";
import { TextField } from "../../../parts/text-field.tsx";
import { useSend } from "../use-send.ts";

const TEXTS = messages(
  {
    match: "Silence alerts that have all of this. What is empty may be anything.",
    target: "Target",
    rule: "Rule",
    severity: "Severity",
    any: "any",
    length: "How long",
    until: "until …",
    untilWhen: "Until (this browser's time)",
    by: "Your name",
    why: "Why",
    send: "Silence",
    cancel: "Cancel",
  },
  {
    match: "Silenciar os alertas que tenham tudo isto. O que fica vazio pode ser qualquer coisa.",
    target: "Alvo",
    rule: "Regra",
    severity: "Severidade",
    any: "qualquer",
    length: "Por quanto tempo",
    until: "até …",
    untilWhen: "Até (hora deste navegador)",
    by: "Seu nome",
    why: "Por quê",
    send: "Silenciar",
    cancel: "Cancelar",
  },
);

/** Keeps alerts quiet for a time. */
export function SilenceForm({
  target = "",
  rule = "",
  onClose,
  onMade,
}: {
  /** What is filled in at first. */
  readonly target?: string;
  readonly rule?: string;
  readonly onClose: () => void;
  /** The server has taken the silence. */
  readonly onMade: () => void;
}) {
  const texts = useMessages(TEXTS);
  const session = useSession();
  const { send, isSending, error } = useSend();
  const [draft, setDraft] = useState<SilenceDraft>(() => ({
    target,
    rule,
    severity: "",
    length: "2h",
    until: "",
    by: ownName(),
    why: "",
  }));
  const change = (part: Partial<SilenceDraft>): void => setDraft({ ...draft, ...part });
  const submit = (): void =>
    send(
      async () => {
        const body = silenceBody(draft, session.nowMs());
        await session.api.ask("/v1/silences", { method: "POST", body });
        keepOwnName(body.by);
      },
      () => {
        onMade();
        onClose();
      },
    );
  return (
    <form
      class="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p class="hint">{texts.match}</p>
      <MatchFields draft={draft} onChange={change} />
      <LengthFields draft={draft} onChange={change} />
      <SendFault error={error} />
      <div class="buttons">
        <button type="submit" disabled={isSending}>
          {texts.send}
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          {texts.cancel}
        </button>
      </div>
    </form>
  );
}

interface PartProps {
  readonly draft: SilenceDraft;
  readonly onChange: (part: Partial<SilenceDraft>) => void;
}

/** Which alerts. */
function MatchFields({ draft, onChange }: PartProps) {
  const texts = useMessages(TEXTS);
  const severities = SEVERITIES.map((value) => ({ value, label: value }));
  return (
    <div class="fields">
      <TextField
        label={texts.target}
        value={draft.target}
        onChange={(text) => onChange({ target: text })}
      />
      <TextField
        label={texts.rule}
        value={draft.rule}
        onChange={(text) => onChange({ rule: text })}
      />
      <SelectField
        label={texts.severity}
        value={draft.severity}
        options={[{ value: "", label: texts.any }, ...severities]}
        onChange={(severity) => onChange({ severity })}
      />
    </div>
  );
}

/** Until when, by whom, and why. */
function LengthFields({ draft, onChange }: PartProps) {
  const texts = useMessages(TEXTS);
  const id = useId();
  const lengths = SILENCE_LENGTHS.map((value) => ({
    value,
    label: value === "until" ? texts.until : value.replace(/(\d+)/, "$1 ").replace("m", "min"),
  }));
  return (
    <>
      <Choice
        name={`${id}-length`}
        legend={texts.length}
        options={lengths}
        value={draft.length}
        onChange={(length) => onChange({ length })}
      />
      <div class="fields">
        {draft.length === "until" && (
          <TextField
            label={texts.untilWhen}
            kind="moment"
            value={draft.until}
            isRequired
            onChange={(until) => onChange({ until })}
          />
        )}
        <TextField
          label={texts.by}
          value={draft.by}
          isRequired
          maxLength={MAX_BY}
          onChange={(by) => onChange({ by })}
        />
        <TextField
          label={texts.why}
          value={draft.why}
          isRequired
          maxLength={MAX_WHY}
          onChange={(why) => onChange({ why })}
        />
      </div>
    </>
  );
}
