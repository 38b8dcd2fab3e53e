import { NOTHING } from "../i18n/format.ts";

/** Colours of grades, severities and statuses. */
export type BadgeColor = "green" | "blue" | "yellow" | "orange" | "red" | "purple" | "none";

/** A word on its colour: the word says it to who does not see the colour. */
export function Badge({ text, color }: { readonly text: string; readonly color: BadgeColor }) {
  return (
    <span class="badge" data-color={color}>
      {text}
    </span>
  );
}

/** A grade as the server words it; a dash where there is none. */
export function GradeBadge({
  grade,
}: {
  readonly grade: { readonly grade: string; readonly color: BadgeColor } | null | undefined;
}) {
  return <Badge text={grade?.grade ?? NOTHING} color={grade?.color ?? "none"} />;
}
