/** The answer of `POST /v1/history/import`. */
export interface HistoryImportAnswer {
  readonly import: string;
  readonly target: string;
  readonly operation: string;
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly piece: number;
  readonly pieces: number;
  /** Whether nothing was written: what the other fields say is what would become of it. */
  readonly checked: boolean;
  /** Rows of the log. */
  readonly rows: number;
  /** Rows of them that counted nothing: the same is there twice, or grew later. */
  readonly duplicates: number;
  /** Timings that are in history now because of this. */
  readonly count: number;
  /**
   * Hours and days that came as such though shorter stretches of their time are kept: they are in
   * answers of their own length and longer only.
   */
  readonly coarse: number;
  /** Whether all of it was there already. */
  readonly duplicate: boolean;
  /** Whether it replaced something else that was written under the same name, as this piece or behind it. */
  readonly replaced: boolean;
  /** What is kept beside the day: stretches that are too old as such are in the longer ones only. */
  readonly stored: { readonly minutes: number; readonly hours: number };
}
