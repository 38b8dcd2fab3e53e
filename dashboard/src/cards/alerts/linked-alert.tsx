import type { RefObject } from "preact";
import { messages, useMessages } from "../../i18n/language.ts";
import { Fault } from "../../parts/fault.tsx";
import { useSession } from "../../session.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { useAnswer } from "../../use-answer.ts";
import { useSetView } from "../../view.ts";
import { AlertRow } from "./alert-row.tsx";
import { focusSection } from "./focus-section.ts";
import type { Access } from "./use-access.ts";
import { whereInHistory } from "./where-in-history.ts";

const TEXTS = messages(
  {
    title: "The alert of this link",
    looking: "Looking for the alert of this link …",
    unknown: (id: string) =>
      `No alert ${id} fires, and history has none: it never fired, or it is no longer kept.`,
    close: "Close",
  },
  {
    title: "O alerta deste link",
    looking: "Procurando o alerta deste link …",
    unknown: (id: string) =>
      `Nenhum alerta ${id} está disparado, e o histórico não o tem: nunca disparou ou já não é guardado.`,
    close: "Fechar",
  },
);

/** An alert that a link led to and that is none of those of now: it has ended, or is unknown. */
export function LinkedAlert({
  id,
  access,
  arrival,
}: {
  readonly id: string;
  readonly access: Access;
  /** See `AlertRowProps.arrival`. */
  readonly arrival: RefObject<string | null>;
}) {
  const texts = useMessages(TEXTS);
  const session = useSession();
  const setView = useSetView();
  const { answer, fault } = useAnswer(`alert/${id}`, (signal) =>
    session.api.ask<{ readonly alerts: readonly AlertView[] }>("/v1/alerts/history", {
      query: whereInHistory(id, session.nowMs()),
      signal,
    }),
  );
  const alert = answer?.alerts.find((candidate) => candidate.id === id);
  return (
    <div class="linked-alert" role="region" aria-label={texts.title}>
      <Fault text={fault} />
      {alert === undefined && fault === "" && (
        <p role="status">{answer === undefined ? texts.looking : texts.unknown(id)}</p>
      )}
      {alert !== undefined && (
        <ul class="alert-list" aria-label={texts.title}>
          <AlertRow
            alert={alert}
            access={access}
            isMarked
            arrival={arrival}
            onSilenced={() => undefined}
          />
        </ul>
      )}
      <button
        type="button"
        class="quiet"
        onClick={() => {
          focusSection("alerts");
          setView({ alert: null });
        }}
      >
        {texts.close}
      </button>
    </div>
  );
}
