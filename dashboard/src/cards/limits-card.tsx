import { useMemo, useState } from "preact/hooks";
import { messages, useMessages } from "../i18n/language.ts";
import { Card } from "../parts/card.tsx";
import { CodeBlock } from "../parts/code-block.tsx";
import { NowLabel } from "../parts/now-label.tsx";
import { ShowAll } from "../parts/show-all.tsx";
import { useLive, useSession } from "../session.ts";
import { useIsPhone } from "../use-is-phone.ts";
import { LimitRow } from "./limits/limit-row.tsx";
import { worstFirst } from "./limits/limit-state.ts";

/** Buckets until all of them are asked for. */
const MAX_SHOWN = 12;

/** The same on a phone, where they stand one below the other. */
const MAX_SHOWN_ON_PHONE = 4;

const TEXTS = messages(
  {
    title: "Limits",
    none: "No target that was called has a limit. Give it one in tachograph.config.ts, or at run time with a token that has the scope admin:",
    code: "a limit with curl",
  },
  {
    title: "Limites",
    none: "Nenhum alvo chamado tem limite. Defina um em tachograph.config.ts, ou em execução, com um token de escopo admin:",
    code: "um limite com curl",
  },
);

/** Every bucket of permits as it fills and drains, the worst first. */
export function LimitsCard() {
  const texts = useMessages(TEXTS);
  const session = useSession();
  const limits = useLive((state) => state.limits);
  const [isAll, setAll] = useState(false);
  const maxShown = useIsPhone() ? MAX_SHOWN_ON_PHONE : MAX_SHOWN;
  const sorted = useMemo(() => worstFirst(limits.values(), session.nowMs()), [limits, session]);
  return (
    <Card id="limits" title={texts.title} badge={<NowLabel />}>
      {sorted.length === 0 ? (
        <>
          <p>{texts.none}</p>
          <CodeBlock label={texts.code} code={setLimitCode(location.origin)} />
        </>
      ) : (
        <ul class="limits">
          {(isAll ? sorted : sorted.slice(0, maxShown)).map((view) => (
            <LimitRow key={view.target} view={view} />
          ))}
        </ul>
      )}
      <ShowAll count={sorted.length} shortCount={maxShown} isAll={isAll} onChange={setAll} />
    </Card>
  );
}

function setLimitCode(origin: string): string {
  return `curl -X PUT -H 'Authorization: Bearer TOKEN' ${origin}/v1/limits/meta \\
  -d '{"capacity":200,"refillPerMinute":10}'`;
}
