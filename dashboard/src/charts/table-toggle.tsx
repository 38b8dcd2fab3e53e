import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { messages, useMessages } from "../i18n/language.ts";
import { ScrollRegion } from "../parts/scroll-region.tsx";

const TEXTS = messages(
  { show: "Show as table", hide: "Hide table" },
  { show: "Mostrar como tabela", hide: "Ocultar tabela" },
);

/**
 * What is told below a picture, and beside it a button that shows as a table what the picture shows;
 * until then there is none.
 */
export function TableToggle({
  title,
  isEmpty,
  beside,
  children,
}: {
  /** Names the table. */
  readonly title: string;
  /** There is nothing to show: no button. */
  readonly isEmpty: boolean;
  /** A legend. */
  readonly beside: ComponentChildren;
  /** Makes the table. */
  readonly children: () => ComponentChildren;
}) {
  const texts = useMessages(TEXTS);
  const [isShown, show] = useState(false);
  const id = useId();
  return (
    <div class="table-toggle">
      <div class="beside">{beside}</div>
      {!isEmpty && (
        <button
          type="button"
          class="quiet"
          aria-expanded={isShown}
          aria-controls={isShown ? id : undefined}
          onClick={() => show(!isShown)}
        >
          {isShown ? texts.hide : texts.show}
          <span class="visually-hidden">: {title}</span>
        </button>
      )}
      {isShown && !isEmpty && (
        <div id={id}>
          <ScrollRegion label={title}>{children()}</ScrollRegion>
        </div>
      )}
    </div>
  );
}
