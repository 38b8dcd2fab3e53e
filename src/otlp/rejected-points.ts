/** Most kinds of refusals that are told apart. */
const MAX_KINDS = 8;

/** Longest message, in characters. */
const MAX_MESSAGE_LENGTH = 1_000;

/** Longest part of a metric's name that a message repeats. */
const MAX_NAME_SHOWN = 80;

/** Counts the points that are refused, and gathers what the sender is told about it. */
export class RejectedPoints {
  readonly #kinds = new Map<string, number>();
  #count = 0;
  #untold = 0;

  get count(): number {
    return this.#count;
  }

  /**
   * @param metric the name of the metric; undefined for points of several.
   * @param why without a full stop.
   */
  add(metric: string | undefined, why: string, points = 1): void {
    if (points === 0) return;
    this.#count += points;
    const kind = metric === undefined ? why : `${metric.slice(0, MAX_NAME_SHOWN)}: ${why}`;
    const known = this.#kinds.get(kind);
    if (known === undefined && this.#kinds.size >= MAX_KINDS) this.#untold += points;
    else this.#kinds.set(kind, (known ?? 0) + points);
  }

  /** What happened to how many points; empty if none were refused. */
  message(): string {
    const told = Array.from(this.#kinds, ([kind, points]) => `${points} of ${kind}.`);
    if (this.#untold > 0) told.push(`${this.#untold} for other reasons.`);
    const text = told.join(" ");
    return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : text;
  }
}
