import type { ComponentChildren } from "preact";
import { useErrorBoundary } from "preact/hooks";
import { messages, useMessages } from "../i18n/language.ts";

const TEXTS = messages(
  {
    failed: "This part of the page failed; the others go on.",
    retry: "Show it again",
  },
  {
    failed: "Esta parte da página falhou; as outras continuam.",
    retry: "Mostrar de novo",
  },
);

/**
 * Keeps what fails within it to itself: in its place stands a sentence, and a button to try again.
 */
export function Boundary({ children }: { readonly children: ComponentChildren }) {
  const texts = useMessages(TEXTS);
  const [error, reset] = useErrorBoundary((cause: unknown) => {
    console.error("a part of the page failed", cause);
  });
  if (error === undefined) return <>{children}</>;
  return (
    <div class="failed-part">
      <p class="fault" role="alert">
        {texts.failed} {error instanceof Error ? error.message : String(error)}
      </p>
      <button type="button" onClick={reset}>
        {texts.retry}
      </button>
    </div>
  );
}
