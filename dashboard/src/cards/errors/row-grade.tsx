import { messages, useMessages } from "../../i18n/language.ts";
import { Badge, GradeBadge } from "../../parts/badge.tsx";
import type { ErrorRow } from "./error-row.ts";

const TEXTS = messages({ now: "CRITICAL now" }, { now: "CRITICAL agora" });

/** The grade of a row; of one of a range also what it is now, if that is CRITICAL. */
export function RowGrade({ row, isLive }: { readonly row: ErrorRow; readonly isLive: boolean }) {
  const texts = useMessages(TEXTS);
  return (
    <span class="badges">
      {!isLive && row.isCriticalNow && <Badge text={texts.now} color="red" />}
      <GradeBadge grade={row.grade} />
    </span>
  );
}
