/** @import { SeriesView, WindowName } from "../../stream-frame.ts" */
import { SeriesRow } from "./series-row.js";

/** The rows of the table, kept from frame to frame so that reading and selecting go on. */
export class SeriesTable {
  #body;
  /** @type {Map<string, SeriesRow>} */
  #rows = new Map();

  /** @param {HTMLElement} body - the `tbody`. */
  constructor(body) {
    this.#body = body;
  }

  /**
   * @param {ReadonlyMap<string, SeriesView>} series - in the order in which they are shown.
   * @param {WindowName} window
   */
  show(series, window) {
    for (const [key, row] of this.#rows) {
      if (series.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    /** @type {Element | null} */
    let place = this.#body.firstElementChild;
    for (const [key, view] of series) {
      const row = this.#rowOf(key, view);
      row.show(view, window);
      if (row.element === place) place = place.nextElementSibling;
      else this.#body.insertBefore(row.element, place);
    }
  }

  /**
   * @param {string} key
   * @param {SeriesView} view
   */
  #rowOf(key, view) {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = new SeriesRow(view);
      this.#rows.set(key, row);
    }
    return row;
  }
}
