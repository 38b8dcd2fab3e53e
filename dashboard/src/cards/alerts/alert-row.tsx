import type { RefObject } from "preact";
import { useContext, useEffect, useId, useRef, useState } from "preact/hooks";
import type { RuleInput } from "../../../../src/alerts/rule-input.ts";
import type { Silence } from "../../../../src/alerts/silence.ts";
import { LanguageContext, messages, useMessages } from "../../i18n/language.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { AlertActions } from "./alert-actions.tsx";
import { AlertLine } from "./alert-line.tsx";
import { AlertNotes } from "./alert-notes.tsx";
import { AlertTimes } from "./alert-times.tsx";
import { RuleCondition } from "./rule-condition.tsx";
import type { Access } from "./use-access.ts";

const TEXTS = messages({ what: "What to do:" }, { what: "O que fazer:" });

interface AlertRowProps {
  readonly alert: AlertView;
  readonly access: Access;
  /** A link led here: it is scrolled to, and all of it is shown. */
  readonly isMarked: boolean;
  /** Id of the alert that was scrolled to last: each only once, also when it ends meanwhile. */
  readonly arrival: RefObject<string | null>;
  /** As it is now; undefined where it is not known, as for what no rule is about. */
  readonly rule?: RuleInput | undefined;
  /** What keeps it quiet, where that may be read. */
  readonly silence?: Silence | undefined;
  readonly onSilenced: () => void;
}

/** One alert: a line, and on demand all that is known of it and what may be done about it. */
export function AlertRow(props: AlertRowProps) {
  const { alert, access, isMarked, arrival, rule, silence, onSilenced } = props;
  const { id, severity, state } = alert;
  const row = useRef<HTMLLIElement>(null);
  const [isOpen, setOpen] = useState(isMarked);
  const detailsId = useId();
  useEffect(() => {
    if (!isMarked || row.current === null || arrival.current === id) return;
    arrival.current = id;
    setOpen(true);
    row.current.scrollIntoView({ block: "center" });
    row.current.focus({ preventScroll: true });
  }, [isMarked, id, arrival]);
  // Who is woken by it reads what to do before anything else.
  const isUrgent = severity === "CRITICAL" && state === "firing";
  return (
    <li
      ref={row}
      class="alert"
      tabIndex={-1}
      data-alert={id}
      data-state={state}
      data-severity={severity}
      data-marked={isMarked}
    >
      <AlertLine
        alert={alert}
        forMs={rule?.forMs}
        isOpen={isOpen}
        detailsId={detailsId}
        onToggle={() => setOpen(!isOpen)}
      />
      <AlertNotes alert={alert} silence={silence} />
      {isUrgent && <WhatToDo alert={alert} rule={rule} />}
      <div id={detailsId} class="alert-details" hidden={!isOpen}>
        {rule === undefined ? <p>{alert.summary}</p> : <RuleCondition alert={alert} rule={rule} />}
        {!isUrgent && <WhatToDo alert={alert} rule={rule} />}
        <AlertTimes alert={alert} />
        <AlertActions alert={alert} access={access} onSilenced={onSilenced} />
      </div>
    </li>
  );
}

/** In the page's language where the rule has it: what the server tells is in the messages'. */
function WhatToDo({ alert, rule }: Pick<AlertRowProps, "alert" | "rule">) {
  const texts = useMessages(TEXTS);
  const language = useContext(LanguageContext);
  const known = typeof rule?.action === "object" ? rule.action[language] : rule?.action;
  const action = known ?? alert.action;
  if (action === "") return null;
  return (
    <p>
      <strong>{texts.what}</strong> {action}
    </p>
  );
}
