import { useEffect, useState } from "preact/hooks";
import { messages, useMessages } from "../i18n/language.ts";

/** A server that takes longer for its first word is called silent. */
const PATIENCE_MS = 3_000;

const TEXTS = messages(
  {
    connecting: "Connecting …",
    silent:
      "The server does not answer. It is tried again and again: nothing needs to be done here once it runs.",
    offline: "This device is offline. It goes on by itself when the network is back.",
    other: "Use another token",
  },
  {
    connecting: "Conectando …",
    silent:
      "O servidor não responde. A página continua tentando: quando ele voltar, não é preciso fazer nada aqui.",
    offline: "Este dispositivo está sem rede. A página continua sozinha quando a rede voltar.",
    other: "Usar outro token",
  },
);

/** What goes on between a token and the server's first word. */
export function Waiting({
  onOther,
}: {
  /** Gives up this token for another; absent where a form for that is in sight. */
  readonly onOther?: () => void;
}) {
  const texts = useMessages(TEXTS);
  const [isSilent, setSilent] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSilent(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const why = navigator.onLine ? texts.silent : texts.offline;
  return (
    <div class="waiting">
      <p id="waiting" class={isSilent ? "fault" : "hint"} role="status">
        {isSilent ? why : texts.connecting}
      </p>
      {isSilent && onOther !== undefined && (
        <button type="button" class="quiet" onClick={onOther}>
          {texts.other}
        </button>
      )}
    </div>
  );
}
