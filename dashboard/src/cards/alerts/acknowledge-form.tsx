import { MAX_BY } from "../../../../src/api/printable.ts";
import { useId, useState } from "preact/hooks";
import { messages, useMessages } from "../../i18n/language.ts";
import { useSession } from "../../session.ts";
import { keepOwnName, ownName } from "./own-name.ts";
import { SendFault } from "./send-fault.tsx";
import { useSend } from "./use-send.ts";

const TEXTS = messages(
  {
    by: "Your name",
    hint: "Repeats stop; everybody sees who has taken it on.",
    send: "Acknowledge",
    cancel: "Cancel",
  },
  {
    by: "Seu nome",
    hint: "As repetições param; todos veem quem assumiu.",
    send: "Reconhecer",
    cancel: "Cancelar",
  },
);

/** Takes an alert on in somebody's name. The row changes when the stream says so. */
export function AcknowledgeForm({
  id,
  onClose,
  onDone,
}: {
  /** Of the alert. */
  readonly id: string;
  readonly onClose: () => void;
  /** The server has taken it. */
  readonly onDone: () => void;
}) {
  const texts = useMessages(TEXTS);
  const { api } = useSession();
  const { send, isSending, error } = useSend();
  const [by, setBy] = useState(ownName);
  const field = useId();
  const submit = (): void =>
    send(async () => {
      const name = by.trim();
      const path = `/v1/alerts/${encodeURIComponent(id)}/acknowledge`;
      await api.ask(path, { method: "POST", body: { by: name } });
      keepOwnName(name);
    }, onDone);
  return (
    <form
      class="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div class="fields">
        <label htmlFor={field}>{texts.by}</label>
        <input
          id={field}
          value={by}
          required
          maxLength={MAX_BY}
          autoComplete="name"
          onInput={({ currentTarget }) => setBy(currentTarget.value)}
        />
      </div>
      <p class="hint">{texts.hint}</p>
      <SendFault error={error} />
      <div class="buttons">
        <button type="submit" disabled={isSending}>
          {texts.send}
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          {texts.cancel}
        </button>
      </div>
    </form>
  );
}
