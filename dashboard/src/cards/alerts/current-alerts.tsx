import { useMemo, useRef } from "preact/hooks";
import type { RuleInput } from "../../../../src/alerts/rule-input.ts";
import type { Silence } from "../../../../src/alerts/silence.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { useView } from "../../view.ts";
import { AlertList } from "./alert-list.tsx";
import { EndedList } from "./ended-list.tsx";
import { FiringAnnouncer } from "./firing-announcer.tsx";
import { LinkedAlert } from "./linked-alert.tsx";
import type { Access } from "./use-access.ts";

const TEXTS = messages(
  { calm: "No alert fires.", open: "Alerts that fire or are about to, the worst first" },
  {
    calm: "Nenhum alerta disparado.",
    open: "Alertas disparados ou prestes a disparar, o pior primeiro",
  },
);

/** More would push the charts out of sight on a screen of usual size. */
const MAX_SHOWN = 7;

/** What fires, what is about to, what ended a moment ago, and the alert that a link led to. */
export function CurrentAlerts({
  alerts,
  arranged,
  access,
  rules,
  silences,
  onSilenced,
}: {
  /** By their ids. */
  readonly alerts: ReadonlyMap<string, AlertView>;
  /** The same, in their order. */
  readonly arranged: readonly AlertView[];
  readonly access: Access;
  /** Undefined while they are not known. */
  readonly rules: readonly RuleInput[] | undefined;
  /** Undefined where they may not be read, or need not be. */
  readonly silences: readonly Silence[] | undefined;
  readonly onSilenced: () => void;
}) {
  const texts = useMessages(TEXTS);
  const { alert: linkedId } = useView();
  const arrival = useRef<string | null>(null);
  const ruleOf = useMemo(
    () => new Map((rules ?? []).map((rule) => [rule.name ?? "", rule])),
    [rules],
  );
  const silenceOf = useMemo(
    () => new Map((silences ?? []).map((silence) => [silence.id, silence])),
    [silences],
  );
  return (
    <>
      <FiringAnnouncer alerts={alerts} />
      {linkedId !== null && !alerts.has(linkedId) && (
        <LinkedAlert key={linkedId} id={linkedId} access={access} arrival={arrival} />
      )}
      {arranged.every(({ state }) => state === "pending") && <p>{texts.calm}</p>}
      {arranged.length > 0 && (
        <AlertList
          alerts={arranged}
          max={MAX_SHOWN}
          label={texts.open}
          markedId={linkedId}
          arrival={arrival}
          access={access}
          silences={silenceOf}
          rules={ruleOf}
          onSilenced={onSilenced}
        />
      )}
      <EndedList alerts={alerts} />
    </>
  );
}
