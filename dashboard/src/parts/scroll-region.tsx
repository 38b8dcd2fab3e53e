import type { ComponentChildren } from "preact";

/** What may be wider than the page, as a table: it scrolls by itself, also by the keyboard. */
export function ScrollRegion({
  label,
  children,
}: {
  /** Its accessible name. */
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- who has no mouse scrolls what has the focus
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
