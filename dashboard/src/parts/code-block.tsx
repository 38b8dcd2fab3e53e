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

/** Lines to paste somewhere, and a button that copies them. */
export function CodeBlock({
  label,
  code,
}: {
  /** What it is, for who does not see it: also the button's. */
  readonly label: string;
  readonly code: string;
}) {
  const texts = useMessages(TEXTS);
  const [outcome, setOutcome] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(code);
      setOutcome(texts.copied);
    } catch (error) {
      // Without HTTPS there is no clipboard at all, and a user may forbid it.
      console.info("nothing was copied", error);
      setOutcome(texts.failed);
    }
  };
  return (
    <div class="code">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- who has no mouse scrolls what has the focus */}
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{code}</code>
      </pre>
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
    </div>
  );
}
