import type { ComponentChildren } from "preact";

interface FigureProps {
  /** What the number is of. */
  readonly label: string;
  /** What the API calls it, if it is one of its live numbers. */
  readonly field?: string | undefined;
  /** The number as it is written. */
  readonly text: string;
  readonly unit?: string | undefined;
  /** Smaller, below: what it is held against. */
  readonly note?: ComponentChildren;
}

/** A number with what it is of, to stand in {@link Figures}. */
export function Figure({ label, field, text, unit, note }: FigureProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <span data-field={field}>{text}</span>
        {unit !== undefined && <span class="unit"> {unit}</span>}
        {note !== undefined && <small class="note">{note}</small>}
      </dd>
    </div>
  );
}

/** Numbers side by side, as many as fit. */
export function Figures({ children }: { readonly children: ComponentChildren }) {
  return <dl class="figures">{children}</dl>;
}
