import type { Silence } from "../../../../src/alerts/silence.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useSession } from "../../session.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";

const TEXTS = messages(
  {
    noData: "There is nothing to measure now; it waits, and ends after an hour of that.",
    taken: (by: string, at: string) => `Taken on by ${by}, ${at}.`,
    implied: (rule: string) => `Nobody is told of it while ${rule} fires, which implies it.`,
    silenced: "Silenced: nobody is told of it.",
    silencedBy: (by: string, until: string, why: string) =>
      `Silenced by ${by} until ${until}: ${why}`,
    recovered: "It recovered.",
    no_data: "It ended because there was no data any more; that does not mean that all is well.",
    rule_removed: "It ended because its rule was removed.",
    rule_changed: "It ended because its rule was changed.",
  },
  {
    noData: "Não há nada para medir agora; o alerta espera e termina depois de uma hora assim.",
    taken: (by: string, at: string) => `Assumido por ${by}, ${at}.`,
    implied: (rule: string) =>
      `Ninguém é avisado enquanto ${rule} estiver disparada, pois ela o implica.`,
    silenced: "Silenciado: ninguém é avisado.",
    silencedBy: (by: string, until: string, why: string) =>
      `Silenciado por ${by} até ${until}: ${why}`,
    recovered: "A situação se normalizou.",
    no_data: "Terminou porque não havia mais dados; isso não quer dizer que esteja tudo bem.",
    rule_removed: "Terminou porque a regra foi removida.",
    rule_changed: "Terminou porque a regra foi alterada.",
  },
);

/** Who has taken an alert on, and why nobody is told of it; nothing if there is no such thing. */
export function AlertNotes({
  alert,
  silence,
}: {
  readonly alert: AlertView;
  readonly silence: Silence | undefined;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const session = useSession();
  const { state, acknowledgedBy, acknowledgedAt, inhibitedBy, silencedBy, resolvedReason } = alert;
  const clock = (at: number): string => format.clock(at, session.nowMs());
  const notes: string[] = [];
  if (state === "nodata") notes.push(texts.noData);
  if (state === "resolved" && resolvedReason !== null) notes.push(texts[resolvedReason]);
  if (acknowledgedBy !== null) notes.push(texts.taken(acknowledgedBy, clock(acknowledgedAt ?? 0)));
  if (inhibitedBy !== null) notes.push(texts.implied(inhibitedBy));
  if (silence !== undefined) {
    notes.push(texts.silencedBy(silence.by, clock(silence.to), silence.why));
  } else if (silencedBy !== null) {
    notes.push(texts.silenced);
  }
  if (notes.length === 0) return null;
  return (
    <ul class="alert-notes">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}
