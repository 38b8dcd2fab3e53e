import { CopyButton } from "./copy-button.tsx";

/** Lines to paste somewhere, and a button that copies them. */
export function CodeBlock({
  label,
  code,
}: {
  /** What it is, for who does not see it: also the button's. */
  readonly label: string;
  readonly code: string;
}) {
  return (
    <div class="code">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- who has no mouse scrolls what has the focus */}
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{code}</code>
      </pre>
      <CopyButton label={label} text={code} />
    </div>
  );
}
