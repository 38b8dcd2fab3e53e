import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useSession } from "../../session.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";

const TEXTS = messages(
  { since: "Condition holds since", fired: "Fired at", ended: "Ended at" },
  { since: "Condição válida desde", fired: "Disparo", ended: "Término" },
);

/** When an alert's condition began, when it fired and when it ended, by this browser's clock. */
export function AlertTimes({ alert }: { readonly alert: AlertView }) {
  const texts = useMessages(TEXTS);
  const { since, firedAt, resolvedAt } = alert;
  return (
    <dl class="alert-times">
      <Moment name={texts.since} at={since} />
      {firedAt !== null && <Moment name={texts.fired} at={firedAt} />}
      {resolvedAt !== null && <Moment name={texts.ended} at={resolvedAt} />}
    </dl>
  );
}

function Moment({ name, at }: { readonly name: string; readonly at: number }) {
  const format = useFormat();
  const session = useSession();
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <time dateTime={new Date(at).toISOString()}>{format.clock(at, session.nowMs())}</time>
      </dd>
    </div>
  );
}
