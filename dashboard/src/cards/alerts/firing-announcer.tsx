import { useEffect, useRef, useState } from "preact/hooks";
import { messages, useMessages } from "../../i18n/language.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { newFirings } from "./new-firings.ts";
import { useAlertSentence } from "./alert-sentence.ts";
import { arrangeAlerts } from "./arrange-alerts.ts";

const TEXTS = messages(
  { more: (count: string) => `And ${count} more alerts.` },
  { more: (count: string) => `Outros alertas disparados: ${count}.` },
);

/** Most alerts that are read out at once. */
const MAX_SAID = 3;

/** Says each alert that begins to fire once, to who hears the page. */
export function FiringAnnouncer({ alerts }: { readonly alerts: ReadonlyMap<string, AlertView> }) {
  const texts = useMessages(TEXTS);
  const sentence = useAlertSentence();
  const told = useRef<ReadonlySet<string> | undefined>(undefined);
  const [text, setText] = useState("");
  useEffect(() => {
    const found = newFirings(told.current, alerts);
    told.current = found.told;
    if (found.fresh.length === 0) return;
    const fresh = arrangeAlerts(found.fresh);
    const said = fresh.slice(0, MAX_SAID).map((alert) => sentence(alert));
    const hidden = fresh.length - said.length;
    setText([...said, ...(hidden > 0 ? [texts.more(String(hidden))] : [])].join(" "));
  }, [alerts, texts, sentence]);
  return (
    <p class="visually-hidden" role="status">
      {text}
    </p>
  );
}
