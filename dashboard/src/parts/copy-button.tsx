import { useState } from "preact/hooks";
import { messages, useMessages } from "../i18n/language.ts";

const TEXTS = messages(
  {
    copy: "Copy",
    copied: "Copied",
    failed: "This browser does not let the page copy: select the text and copy it.",
  },
  {
    copy: "Copiar",
    copied: "Copiado",
    failed: "Este navegador não deixa a página copiar: selecione o texto e copie.",
  },
);

/** A button that copies a text, and what became of that. */
export function CopyButton({
  label,
  text,
}: {
  /** What the text is, for who does not see it. */
  readonly label: string;
  readonly text: string;
}) {
  const texts = useMessages(TEXTS);
  const [outcome, setOutcome] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome(texts.copied);
    } catch (error) {
      // Without HTTPS there is no clipboard at all, and a user may forbid it.
      console.info("nothing was copied", error);
      setOutcome(texts.failed);
    }
  };
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-label={`${texts.copy}: ${label}`}
        onClick={() => void copy()}
      >
        {texts.copy}
      </button>
      <span class="hint" role="status">
        {outcome}
      </span>
    </>
  );
}
