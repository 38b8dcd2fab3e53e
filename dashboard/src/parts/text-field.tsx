import { useId } from "preact/hooks";

const KINDS = {
  text: { type: "text" },
  search: { type: "search" },
  moment: { type: "datetime-local" },
  // Phones show digits; what is no number is taken all the same.
  number: { type: "text", inputMode: "decimal" },
} as const;

/** A labelled line of text, with what is wrong with it. */
export function TextField({
  label,
  value,
  onChange,
  kind = "text",
  isRequired = false,
  maxLength = 64,
  hint = "",
  fault = "",
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly kind?: keyof typeof KINDS;
  readonly isRequired?: boolean;
  readonly maxLength?: number;
  readonly hint?: string;
  /** Empty if nothing is wrong. */
  readonly fault?: string;
}) {
  const id = useId();
  const note = fault === "" ? hint : fault;
  return (
    <div class="text-field">
      <label htmlFor={id}>{label}</label>
      <input
        {...KINDS[kind]}
        id={id}
        value={value}
        required={isRequired}
        maxLength={maxLength}
        aria-invalid={fault !== ""}
        aria-describedby={note === "" ? undefined : `${id}-note`}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      {note !== "" && (
        <small id={`${id}-note`} class={fault === "" ? "hint" : "fault"}>
          {note}
        </small>
      )}
    </div>
  );
}
