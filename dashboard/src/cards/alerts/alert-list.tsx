import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import type { RuleInput } from "../../../../src/alerts/rule-input.ts";
import type { Silence } from "../../../../src/alerts/silence.ts";
import { ShowAll } from "../../parts/show-all.tsx";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { AlertRow } from "./alert-row.tsx";
import { shortened } from "./arrange-alerts.ts";
import type { Access } from "./use-access.ts";

interface AlertListProps {
  readonly alerts: readonly AlertView[];
  /** How many are shown until somebody asks for all of them. */
  readonly max: number;
  /** What the list is of, for who hears it. */
  readonly label: string;
  /** The alert that a link led to; it is shown wherever it stands. */
  readonly markedId: string | null;
  /** See `AlertRowProps.arrival`. */
  readonly arrival: RefObject<string | null>;
  readonly access: Access;
  readonly silences: ReadonlyMap<string, Silence>;
  /** By their names; empty while they are not known. */
  readonly rules: ReadonlyMap<string, RuleInput>;
  readonly onSilenced: () => void;
}

/** Alerts in the order in which they are given, the first few of them at first. */
export function AlertList(props: AlertListProps) {
  const { alerts, max, label, markedId, arrival, access, silences } = props;
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? alerts : shortened(alerts, max, markedId);
  return (
    <>
      <ul class="alert-list" aria-label={label}>
        {shown.map((alert) => (
          <AlertRow
            key={alert.id}
            alert={alert}
            access={access}
            isMarked={alert.id === markedId}
            arrival={arrival}
            rule={props.rules.get(alert.rule)}
            silence={silences.get(alert.silencedBy ?? "")}
            onSilenced={props.onSilenced}
          />
        ))}
      </ul>
      <ShowAll
        count={alerts.length}
        shortCount={isWhole ? max : shown.length}
        isAll={isWhole}
        onChange={setWhole}
      />
    </>
  );
}
