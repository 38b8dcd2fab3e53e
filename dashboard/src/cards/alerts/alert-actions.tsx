import { useEffect, useRef, useState } from "preact/hooks";
import { messages, useMessages } from "../../i18n/language.ts";
import { AdminNeeded } from "../../parts/admin-needed.tsx";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { AcknowledgeForm } from "./acknowledge-form.tsx";
import { seriesText } from "./series-text.ts";
import { SilenceForm } from "./silences/silence-form.tsx";
import type { Access } from "./use-access.ts";

const TEXTS = messages(
  {
    link: "Link to this alert",
    acknowledge: "Acknowledge",
    silence: "Silence",
  },
  {
    link: "Link para este alerta",
    acknowledge: "Reconhecer",
    silence: "Silenciar",
  },
);

interface AlertActionsProps {
  readonly alert: AlertView;
  readonly access: Access;
  readonly onSilenced: () => void;
}

type Action = "acknowledge" | "silence";

/** What may be done about an alert. */
export function AlertActions({ alert, access, onSilenced }: AlertActionsProps) {
  const [open, setOpen] = useState<Action | null>(null);
  const opener = useRef<HTMLElement | null>(null);
  const form = useRef<HTMLDivElement>(null);
  // What the token may do may be known only later: then an explanation takes the form's place.
  const isRefused = access === "read";
  useEffect(() => {
    if (open !== null) form.current?.querySelector<HTMLElement>("input, button")?.focus();
  }, [open, isRefused]);
  const toggle = (action: Action, button: HTMLElement): void => {
    opener.current = button;
    setOpen(open === action ? null : action);
  };
  const close = (): void => {
    // Before the form goes, so that the focus is never nowhere.
    opener.current?.focus();
    setOpen(null);
  };
  const done = (): void => {
    // The button that opened the form will be gone.
    form.current?.closest<HTMLElement>("[data-alert]")?.focus();
    setOpen(null);
  };
  return (
    <>
      <ActionButtons alert={alert} open={open} onToggle={toggle} />
      {open !== null && (
        // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- what is typed into any field within arrives here
        <div
          ref={form}
          onKeyDown={(event) => {
            if (event.key === "Escape") close();
          }}
        >
          <ActionForm
            open={open}
            alert={alert}
            access={access}
            onClose={close}
            onDone={done}
            onSilenced={onSilenced}
          />
        </div>
      )}
    </>
  );
}

function ActionButtons({
  alert,
  open,
  onToggle,
}: {
  readonly alert: AlertView;
  readonly open: Action | null;
  readonly onToggle: (action: Action, button: HTMLElement) => void;
}) {
  const texts = useMessages(TEXTS);
  // Read out one by one, the buttons of all alerts would be the same.
  const named = (action: string): string => `${action}: ${alert.rule} · ${seriesText(alert)}`;
  const button = (action: Action) => (
    <button
      type="button"
      class="quiet"
      aria-label={named(texts[action])}
      aria-expanded={open === action}
      onClick={({ currentTarget }) => onToggle(action, currentTarget)}
    >
      {texts[action]}
    </button>
  );
  const hasEnded = alert.state === "resolved";
  return (
    <div class="buttons">
      {!hasEnded && alert.acknowledgedBy === null && button("acknowledge")}
      {!hasEnded && button("silence")}
      <a href={`#alert=${alert.id}`} aria-label={named(texts.link)}>
        {texts.link}
      </a>
    </div>
  );
}

function ActionForm({
  open,
  alert,
  access,
  onClose,
  onDone,
  onSilenced,
}: AlertActionsProps & {
  readonly open: Action;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  if (access === "read") return <AdminNeeded />;
  if (open === "acknowledge") {
    return <AcknowledgeForm id={alert.id} onClose={onClose} onDone={onDone} />;
  }
  const { target, rule } = alert;
  return <SilenceForm target={target} rule={rule} onClose={onClose} onMade={onSilenced} />;
}
