import { messages, useMessages } from "../i18n/language.ts";

const TEXTS = messages(
  {
    unread: (fault: string) => `History could not be read: ${fault} It is asked for again soon.`,
    again: "Ask again now",
  },
  {
    unread: (fault: string) =>
      `Não foi possível ler o histórico: ${fault} Haverá uma nova tentativa em breve.`,
    again: "Tentar agora",
  },
);

/** Says why there is no history; nothing if there is no fault. */
export function HistoryFault({
  fault,
  onAgain,
}: {
  /** A sentence; empty if nothing is wrong. */
  readonly fault: string;
  /** Asks at once; absent where only time helps. */
  readonly onAgain?: () => void;
}) {
  const texts = useMessages(TEXTS);
  if (fault === "") return null;
  return (
    <p class="fault" role="alert">
      {texts.unread(fault)}{" "}
      {onAgain !== undefined && (
        <button type="button" class="quiet" onClick={onAgain}>
          {texts.again}
        </button>
      )}
    </p>
  );
}
