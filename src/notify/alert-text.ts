/** An alert in words of one language. Plain text: each channel escapes it for its medium. */
export interface AlertText {
  /** `CRITICAL · error-rate-critical · meta`, and for the end `Resolved · …`. One line. */
  readonly title: string;
  /** What, where: `meta, all operations`. */
  readonly where: string;
  /** The condition: `error rate ≥ 10 %`. */
  readonly condition: string;
  /** The measured value with its unit: `23.4 %`; an en dash if there is none. */
  readonly value: string;
  /** Since when, in the time zone: `2026-11-21 09:14 (UTC-3)`. */
  readonly since: string;
  /** For how long, until `nowMs` or its end: `12 min`. */
  readonly duration: string;
  /** What to do; empty if there is nothing to say or it is over. */
  readonly action: string;
  /** Who has taken it on, or empty. */
  readonly acknowledged: string;
  /** All of it in one sentence, at most 300 characters. */
  readonly summary: string;
  /** Link to the page, or empty. */
  readonly link: string;
}

/** The fixed words around it. */
export interface FieldLabels {
  readonly where: string;
  readonly condition: string;
  readonly value: string;
  readonly since: string;
  readonly duration: string;
  readonly action: string;
  readonly acknowledged: string;
  readonly link: string;
}
