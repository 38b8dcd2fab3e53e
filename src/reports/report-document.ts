/**
 * A report as it is laid out, before it becomes Markdown, HTML or plain text. All of it is plain
 * text that nobody has escaped: each rendering does that in one place.
 */
export interface ReportDocument {
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  /** The status in words, with the colour that it has. */
  readonly status: Badge;
  readonly lead: readonly Line[];
  readonly sections: readonly Section[];
  readonly footer: string;
  readonly link: { readonly text: string; readonly url: string } | null;
}

export type BadgeColor = "green" | "blue" | "yellow" | "orange" | "red" | "purple" | "gray";

/** A word that says how good something is. The colour only repeats it. */
export interface Badge {
  readonly word: string;
  readonly color: BadgeColor;
}

/** What somebody else has called something. */
export interface Name {
  readonly name: string;
}

/** Parts of one line: words of ours, and names. */
export type Line = readonly (string | Name)[];

export interface Section {
  readonly heading: string;
  readonly badge: Badge | null;
  readonly lines: readonly Line[];
  readonly table: Table | null;
  /** Below the table. */
  readonly notes: readonly Line[];
}

export interface Table {
  readonly columns: readonly { readonly label: string; readonly align: "left" | "right" }[];
  /** As many cells in each as there are columns. */
  readonly rows: readonly (readonly Cell[])[];
}

export interface Cell {
  readonly text: string;
  /** Whether somebody else gave this text. */
  readonly isName: boolean;
  readonly badge: Badge | null;
  /** What belongs to it, smaller: a value from before, or empty. */
  readonly detail: string;
}
