import { messages, useMessages } from "../../i18n/language.ts";
import { ALERT_PANELS, type AlertPanel } from "../../view-state.ts";

const TEXTS = messages(
  { label: "More about alerts", history: "History", silences: "Silences", trial: "Try a rule" },
  {
    label: "Mais sobre alertas",
    history: "Histórico",
    silences: "Silêncios",
    trial: "Testar uma regra",
  },
);

/** Opens one of the card's panels, or closes the one that is open. */
export function PanelButtons({
  open,
  panelId,
  onChange,
}: {
  readonly open: AlertPanel | null;
  /** Id of the element that holds what is open. */
  readonly panelId: string;
  readonly onChange: (panel: AlertPanel | null) => void;
}) {
  const texts = useMessages(TEXTS);
  return (
    <div class="buttons" role="group" aria-label={texts.label}>
      {ALERT_PANELS.map((panel) => (
        <button
          key={panel}
          type="button"
          class="quiet"
          aria-expanded={open === panel}
          aria-controls={open === panel ? panelId : undefined}
          onClick={() => onChange(open === panel ? null : panel)}
        >
          {texts[panel]}
        </button>
      ))}
    </div>
  );
}
