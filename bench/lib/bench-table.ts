/** Figures of several systems side by side. */
export interface BenchTable {
  /** What all of them did. */
  readonly title: string;
  /** The heads of the columns, the first of them that of the systems' names. */
  readonly columns: readonly string[];
  /** As many cells each as there are columns; "–" where something could not be measured. */
  readonly rows: readonly (readonly string[])[];
  /** What the figures do not say: settings, what somebody does not promise, why one is missing. */
  readonly notes?: readonly string[];
  /** The same as numbers with their repetitions, for the results file. */
  readonly data?: Readonly<Record<string, number | readonly number[]>>;
}
