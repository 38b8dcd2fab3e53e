import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { Badge } from "../../parts/badge.tsx";
import { Figure, Figures } from "../../parts/figure.tsx";
import { useLive } from "../../session.ts";
import { rejections } from "./rejections.ts";

const TEXTS = messages(
  {
    title: "Ledger",
    balanced: "balanced",
    unbalanced: "NOT balanced",
    books: "Every timing that was ever offered, and what became of it.",
    offered: "Offered",
    accepted: "Accepted",
    merged: "Merged",
    pending: "Pending",
    duplicates: "Duplicates",
    rejected: "Rejected",
    givenUp: "Given up",
    givenUpNote: "by reporters, before anybody took them",
    capped: "Capped",
    cappedNote: "counted under “other”",
    denied: "Permits denied",
    deniedNote: "by Workers themselves, from what they hold",
    allowedUnreached: "Permits let through",
    deniedUnreached: "Permits denied",
    unreachedNote: "as the limiter did not answer",
  },
  {
    title: "Livro-razão",
    balanced: "fecha",
    unbalanced: "NÃO fecha",
    books: "Cada medição oferecida até hoje e o que foi feito dela.",
    offered: "Oferecidas",
    accepted: "Aceitas",
    merged: "Agregadas",
    pending: "Pendentes",
    duplicates: "Duplicadas",
    rejected: "Rejeitadas",
    givenUp: "Abandonadas",
    givenUpNote: "por quem reporta, antes de serem aceitas",
    capped: "Agrupadas",
    cappedNote: "contadas em “other”",
    denied: "Permissões negadas",
    deniedNote: "pelos próprios Workers, do que já têm",
    allowedUnreached: "Permissões liberadas",
    deniedUnreached: "Permissões negadas",
    unreachedNote: "o limitador não respondeu",
  },
);

/** The books: what was offered, and what became of each timing. */
export function LedgerFigures() {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const ledger = useLive(({ latest }) => latest?.ledger);
  if (ledger === undefined) return null;
  const { permits, isBalanced } = ledger;
  const { total, byReason } = rejections(ledger);
  const plain = ["offered", "accepted", "merged", "pending", "duplicates"] as const;
  return (
    <>
      <div class="limit-head">
        <h3>{texts.title}</h3>
        <span id="ledger">
          <Badge
            text={isBalanced ? texts.balanced : texts.unbalanced}
            color={isBalanced ? "green" : "red"}
          />
        </span>
        <small>{texts.books}</small>
      </div>
      <Figures>
        {plain.map((name) => (
          <Figure key={name} label={texts[name]} field={name} text={format.count(ledger[name])} />
        ))}
        <Figure
          label={texts.rejected}
          field="rejected"
          text={format.count(total)}
          note={
            byReason.length === 0
              ? undefined
              : byReason.map(([reason, count]) => `${reason} ${format.count(count)}`).join(", ")
          }
        />
        <Figure
          label={texts.givenUp}
          field="givenUp"
          text={format.count(ledger.givenUp)}
          note={texts.givenUpNote}
        />
        <Figure
          label={texts.capped}
          field="capped"
          text={format.count(ledger.capped)}
          note={texts.cappedNote}
        />
        <Figure
          label={texts.denied}
          field="denied"
          text={format.count(permits.denied)}
          note={texts.deniedNote}
        />
        <Figure
          label={texts.allowedUnreached}
          field="allowedUnreached"
          text={format.count(permits.allowedUnreached)}
          note={texts.unreachedNote}
        />
        <Figure
          label={texts.deniedUnreached}
          field="deniedUnreached"
          text={format.count(permits.deniedUnreached)}
          note={texts.unreachedNote}
        />
      </Figures>
    </>
  );
}
