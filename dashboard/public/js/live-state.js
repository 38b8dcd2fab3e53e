/** @import { AlertFrame, AlertView, ContentFrame, SeriesView, StreamCursor } from "../../stream-frame.ts" */

/** What the server has told so far: the latest frame and every series. */
export class LiveState {
  /** @type {Map<string, SeriesView>} */
  #series = new Map();
  /** @type {Map<string, AlertView>} */
  #alerts = new Map();
  /** @type {ContentFrame | undefined} */
  #latest;

  /** The latest snapshot or tick, at the place of the latest frame of any kind. */
  get latest() {
    return this.#latest;
  }

  /** Every series, the whole of a target before its operations. */
  get series() {
    return this.#series;
  }

  /** Every alert that has not ended, by its id. */
  get alerts() {
    return this.#alerts;
  }

  /**
   * Where to resume; undefined before the first frame.
   *
   * @returns {StreamCursor | undefined}
   */
  get cursor() {
    if (this.#latest === undefined) return undefined;
    const { epoch, seq } = this.#latest;
    return { epoch, seq };
  }

  /**
   * Takes in a snapshot, a tick, or a change of an alert.
   *
   * @param {ContentFrame | AlertFrame} frame
   * @returns {boolean} false if frames before this one are missing: only a snapshot helps then.
   */
  take(frame) {
    if (frame.type === "snapshot") {
      this.#series = new Map(frame.series.map((view) => [seriesKey(view), view]));
      this.#alerts = new Map((frame.alerts ?? []).map((alert) => [alert.id, alert]));
    } else if (frame.type === "alert") {
      return this.#takeAlert(frame);
    } else {
      if (!this.#follows(frame)) return false;
      this.#merge(frame.series);
    }
    this.#latest = frame;
    return true;
  }

  /** @param {AlertFrame} frame */
  #takeAlert(frame) {
    const latest = this.#latest;
    if (latest === undefined || !this.#follows(frame)) return false;
    if (frame.state === "resolved") this.#alerts.delete(frame.id);
    else this.#alerts.set(frame.id, frame);
    this.#latest = { ...latest, seq: frame.seq };
    return true;
  }

  /** @param {StreamCursor} frame */
  #follows({ epoch, seq }) {
    return this.#latest?.epoch === epoch && seq === this.#latest.seq + 1;
  }

  /** @param {readonly SeriesView[]} changed */
  #merge(changed) {
    const before = this.#series.size;
    for (const view of changed) this.#series.set(seriesKey(view), view);
    if (this.#series.size === before) return;
    this.#series = new Map([...this.#series].toSorted(([left], [right]) => compare(left, right)));
  }
}

/**
 * One string per series, in whose order they are shown.
 *
 * @param {SeriesView} view
 */
export function seriesKey({ target, operation }) {
  // A space sorts before everything that a name may contain, so `meta` precedes `meta-ads`.
  return `${target} ${operation}`;
}

/**
 * @param {string} left
 * @param {string} right
 */
function compare(left, right) {
  return left < right ? -1 : Number(left > right);
}
