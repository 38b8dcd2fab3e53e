import { useRef, useState } from "preact/hooks";
import type { Silence } from "../../../../../src/alerts/silence.ts";
import { useFormat } from "../../../i18n/format.ts";
import { messages, useMessages } from "../../../i18n/language.ts";
import { Fault } from "../../../parts/fault.tsx";
import { ScrollRegion } from "../../../parts/scroll-region.tsx";
import { useSession } from "../../../session.ts";
import type { Asked } from "../../../use-answer.ts";
import { AdminNeeded } from "../../../parts/admin-needed.tsx";
import { Elapsed } from "../elapsed.tsx";
import { ownName } from "../own-name.ts";
import { SendFault } from "../send-fault.tsx";
import { SilenceForm } from "./silence-form.tsx";
import type { Access } from "../use-access.ts";
import { useSend } from "../use-send.ts";

const TEXTS = messages(
  {
    none: "Nothing is silenced.",
    table: "Silences that are not over",
    what: "Silences",
    until: "Until",
    left: "Left",
    by: "By",
    why: "Why",
    end: "End",
    endOf: (what: string) => `End the silence of ${what}`,
    make: "New silence",
    begins: (at: string) => `begins ${at}`,
  },
  {
    none: "Nada está silenciado.",
    table: "Silêncios que ainda valem",
    what: "Silencia",
    until: "Até",
    left: "Restam",
    by: "Por",
    why: "Motivo",
    end: "Encerrar",
    endOf: (what: string) => `Encerrar o silêncio de ${what}`,
    make: "Novo silêncio",
    begins: (at: string) => `começa ${at}`,
  },
);

/** The silences that are not over, and a form for another one. */
export function SilencePanel({
  access,
  asked,
}: {
  readonly access: Access;
  readonly asked: Asked<{ readonly silences: readonly Silence[] }>;
}) {
  const texts = useMessages(TEXTS);
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  if (access === "read") return <AdminNeeded />;
  const close = (): void => {
    opener.current?.focus();
    setOpen(false);
  };
  const ended = (): void => {
    // The button that ended it goes with its row.
    opener.current?.focus();
    asked.reload();
  };
  const silences = asked.answer?.silences;
  return (
    <div class="alert-panel">
      <Fault text={asked.fault} />
      {silences?.length === 0 && <p>{texts.none}</p>}
      {silences !== undefined && silences.length > 0 && (
        <SilenceTable silences={silences} onEnded={ended} />
      )}
      <div class="buttons">
        <button
          ref={opener}
          type="button"
          class="quiet"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {texts.make}
        </button>
      </div>
      {isOpen && <SilenceForm onClose={close} onMade={asked.reload} />}
    </div>
  );
}

function SilenceTable({
  silences,
  onEnded,
}: {
  readonly silences: readonly Silence[];
  readonly onEnded: () => void;
}) {
  const texts = useMessages(TEXTS);
  const session = useSession();
  const { send, isSending, error } = useSend();
  const end = (id: string): void =>
    send(
      () =>
        session.api.ask(`/v1/silences/${encodeURIComponent(id)}`, {
          method: "DELETE",
          query: { by: ownName() === "" ? undefined : ownName() },
        }),
      onEnded,
    );
  return (
    <>
      <ScrollRegion label={texts.table}>
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.what}</th>
              <th scope="col">{texts.until}</th>
              <th scope="col">{texts.left}</th>
              <th scope="col">{texts.by}</th>
              <th scope="col">{texts.why}</th>
              <th scope="col">
                <span class="visually-hidden">{texts.end}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {silences.map((silence) => (
              <SilenceRow key={silence.id} silence={silence} isBusy={isSending} onEnd={end} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <SendFault error={error} />
    </>
  );
}

function SilenceRow({
  silence,
  isBusy,
  onEnd,
}: {
  readonly silence: Silence;
  /** Another one is being ended. */
  readonly isBusy: boolean;
  readonly onEnd: (id: string) => void;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const now = useSession().nowMs();
  const { id, from, to, by, why } = silence;
  return (
    <tr>
      <th scope="row">
        <span>{whatOf(silence)}</span>
      </th>
      <td>{format.clock(to, now)}</td>
      <td>{from > now ? texts.begins(format.clock(from, now)) : <Elapsed at={to} isAhead />}</td>
      <td class="wraps">{by}</td>
      <td class="wraps">{why}</td>
      <td>
        <button
          type="button"
          class="quiet"
          disabled={isBusy}
          aria-label={texts.endOf(whatOf(silence))}
          onClick={() => onEnd(id)}
        >
          {texts.end}
        </button>
      </td>
    </tr>
  );
}

function whatOf({ match }: Silence): string {
  return [match.target, match.rule, match.severity]
    .filter((part) => part !== undefined)
    .join(" · ");
}
