import { messages, useMessages } from "../../i18n/language.ts";
import { Badge } from "../../parts/badge.tsx";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { COLOR_OF_SEVERITY } from "../../parts/severity.ts";

const TEXTS = messages(
  {
    firing: "firing",
    pending: "pending",
    nodata: "no data",
    resolved: "resolved",
  },
  {
    firing: "disparado",
    pending: "pendente",
    nodata: "sem dados",
    resolved: "resolvido",
  },
);

/** How bad an alert is, and where it stands. */
export function StateBadges({ alert }: { readonly alert: Pick<AlertView, "severity" | "state"> }) {
  const texts = useMessages(TEXTS);
  const { severity, state } = alert;
  return (
    <span class="state-badges">
      <Badge text={severity} color={state === "resolved" ? "none" : COLOR_OF_SEVERITY[severity]} />
      <Badge text={texts[state]} color={state === "resolved" ? "green" : "none"} />
    </span>
  );
}
