import { useId, useMemo } from "preact/hooks";
import type { RuleInput } from "../../../src/alerts/rule-input.ts";
import type { Silence } from "../../../src/alerts/silence.ts";
import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { Badge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { lazyPart } from "../parts/lazy-part.tsx";
import { COLOR_OF_SEVERITY } from "../parts/severity.ts";
import { useLive, useSession } from "../session.ts";
import type { LiveState } from "../../../src/stream/live-state.ts";
import type { AlertView } from "../../../src/stream/stream-frame.ts";
import { useAnswer } from "../use-answer.ts";
import { useSetView, useView } from "../view.ts";
import type { AlertPanel } from "../view-state.ts";
import { arrangeAlerts } from "./alerts/arrange-alerts.ts";
import { CurrentAlerts } from "./alerts/current-alerts.tsx";
import { PanelButtons } from "./alerts/panel-buttons.tsx";
import { type Access, useAccess } from "./alerts/use-access.ts";

const TEXTS = messages(
  { title: "Alerts", firing: (count: string) => `${count} firing` },
  { title: "Alertas", firing: (count: string) => `disparados: ${count}` },
);

// Few visits open one of them.
const { Part: AlertHistory } = lazyPart(
  async () => (await import("./alerts/past/alert-history.tsx")).AlertHistory,
);
const { Part: SilencePanel } = lazyPart(
  async () => (await import("./alerts/silences/silence-panel.tsx")).SilencePanel,
);
const { Part: RuleTrial } = lazyPart(
  async () => (await import("./alerts/trial/rule-trial.tsx")).RuleTrial,
);

/** How often silences are asked for, which the stream does not tell. */
const EVERY_MS = 15_000;

/** What fires and what is about to; the past of it; silences; and rules tried on history. */
export function AlertsCard() {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const alerts = useLive(alertsOf);
  const { alertPanel, rule } = useView();
  const setView = useSetView();
  const panelId = useId();
  const access = useAccess();
  // An address that names a rule is about trying it.
  const panel = alertPanel ?? (rule === null ? null : "trial");
  const arranged = useMemo(() => arrangeAlerts(alerts.values()), [alerts]);
  const isSilenced = useMemo(() => [...alerts.values()].some(isQuiet), [alerts]);
  const silences = useSilences(access, isSilenced || panel === "silences");
  const rules = useRules(alerts.size > 0 || panel === "trial");
  const change = (next: AlertPanel | null): void =>
    setView({ alertPanel: next, ...(next === "trial" ? {} : { rule: null, trial: "" }) });
  const firing = arranged.filter(({ state }) => state === "firing");
  const [worst] = firing;
  return (
    <Card
      id="alerts"
      title={texts.title}
      badge={
        worst !== undefined && (
          <Badge
            text={texts.firing(format.count(firing.length))}
            color={COLOR_OF_SEVERITY[worst.severity]}
          />
        )
      }
    >
      <CurrentAlerts
        alerts={alerts}
        arranged={arranged}
        access={access}
        rules={rules.answer?.rules}
        silences={silences.answer?.silences}
        onSilenced={silences.reload}
      />
      <PanelButtons open={panel} panelId={panelId} onChange={change} />
      <div id={panelId} hidden={panel === null}>
        {panel === "history" && <AlertHistory />}
        {panel === "silences" && <SilencePanel access={access} asked={silences} />}
        {panel === "trial" && <RuleTrial asked={rules} />}
      </div>
    </Card>
  );
}

function useRules(isNeeded: boolean) {
  const { api } = useSession();
  return useAnswer(isNeeded ? "rules" : null, (signal) =>
    api.ask<{ readonly rules: readonly RuleInput[] }>("/v1/rules", { signal }),
  );
}

/** The server tells them to who may change them. */
function useSilences(access: Access, isNeeded: boolean) {
  const { api } = useSession();
  return useAnswer(
    isNeeded && access === "admin" ? "silences" : null,
    (signal) => api.ask<{ readonly silences: readonly Silence[] }>("/v1/silences", { signal }),
    EVERY_MS,
  );
}

function alertsOf({ alerts }: LiveState): LiveState["alerts"] {
  return alerts;
}

/** Somebody wants it so: who, and for how long, is known of the silence alone. */
function isQuiet({ silencedBy }: AlertView): boolean {
  return silencedBy !== null;
}
