import { useState } from "preact/hooks";
import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { Badge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { NowLabel } from "../parts/now-label.tsx";
import { useLive } from "../session.ts";
import { LedgerFigures } from "./health/ledger-figures.tsx";
import { PartList } from "./health/part-list.tsx";

/** Names of missing shards that are told; of more, how many there are. */
const MAX_NAMES = 20;

const TEXTS = messages(
  {
    title: "Ledger and health",
    coverage: "Coverage",
    whole: "whole",
    partial: "partial",
    shards: (answered: string, shards: string) =>
      `${answered} of ${shards} shards are in the numbers`,
    missing: "These did not answer in time:",
    more: (count: string) => `and ${count} more`,
    parts: "Every part, asked now",
  },
  {
    title: "Livro-razão e saúde",
    coverage: "Cobertura",
    whole: "completa",
    partial: "parcial",
    shards: (answered, shards) => `${answered} de ${shards} shards estão nos números`,
    missing: "Estes não responderam a tempo:",
    more: (count) => `e mais ${count}`,
    parts: "Cada parte, consultada agora",
  },
);

/** Whether the numbers can be believed: the books, who answered, and each part of the system. */
export function HealthCard() {
  const texts = useMessages(TEXTS);
  const [isOpen, setOpen] = useState(false);
  return (
    <Card id="health" title={texts.title} badge={<NowLabel />}>
      <LedgerFigures />
      <CoverageFacts />
      <details class="deep" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{texts.parts}</summary>
        {isOpen && <PartList />}
      </details>
    </Card>
  );
}

function CoverageFacts() {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const coverage = useLive(({ latest }) => latest?.coverage);
  if (coverage === undefined) return null;
  const { answered, shards, missing } = coverage;
  const isWhole = missing.length === 0;
  return (
    <div>
      <div class="limit-head">
        <h3>{texts.coverage}</h3>
        <Badge text={isWhole ? texts.whole : texts.partial} color={isWhole ? "green" : "red"} />
        <small>{texts.shards(format.count(answered), format.count(shards))}</small>
      </div>
      {!isWhole && (
        <>
          <p>{texts.missing}</p>
          <ul class="missing">
            {missing.slice(0, MAX_NAMES).map((name) => (
              <li key={name}>{name}</li>
            ))}
            {missing.length > MAX_NAMES && (
              <li>{texts.more(format.count(missing.length - MAX_NAMES))}</li>
            )}
          </ul>
        </>
      )}
    </div>
  );
}
