/** @import { WindowStats } from "../../stream-frame.ts" */

const SVG = "http://www.w3.org/2000/svg";
const MIN_MS = 1;
const MAX_MS = 10_000;

/** From the median to p99 on a logarithmic scale, with a mark at p95. Says nothing to who reads. */
export class SpreadBar {
  element = document.createElementNS(SVG, "svg");
  #span = part("rect", "span");
  #median = part("rect", "median");
  #p95 = part("rect", "p95");

  constructor() {
    this.element.setAttribute("viewBox", "0 0 100 12");
    this.element.setAttribute("preserveAspectRatio", "none");
    this.element.setAttribute("aria-hidden", "true");
    this.element.setAttribute("class", "spread");
    const track = part("rect", "track");
    place(track, 0, 100, 5.5, 1);
    this.element.append(track, this.#span, this.#p95, this.#median);
  }

  /** @param {WindowStats} stats */
  show({ p50Ms, p95Ms, p99Ms }) {
    const isKnown = p50Ms !== null && p95Ms !== null && p99Ms !== null;
    for (const shape of [this.#span, this.#median, this.#p95]) {
      shape.setAttribute("visibility", isKnown ? "visible" : "hidden");
    }
    if (!isKnown) return;
    const [from, p95, to] = [position(p50Ms), position(p95Ms), position(p99Ms)];
    place(this.#span, from, Math.max(to - from, 1), 3, 6);
    place(this.#median, from - 0.75, 1.5, 1, 10);
    place(this.#p95, p95 - 0.5, 1, 2, 8);
  }
}

/**
 * @param {number} milliseconds
 * @returns {number} 0 to 100.
 */
function position(milliseconds) {
  const clamped = Math.min(Math.max(milliseconds, MIN_MS), MAX_MS);
  return (Math.log(clamped / MIN_MS) / Math.log(MAX_MS / MIN_MS)) * 100;
}

/**
 * @param {"rect"} name
 * @param {string} className
 */
function part(name, className) {
  const shape = document.createElementNS(SVG, name);
  shape.setAttribute("class", className);
  return shape;
}

/**
 * @param {SVGRectElement} rect
 * @param {number} x
 * @param {number} width
 * @param {number} y
 * @param {number} height
 */
function place(rect, x, width, y, height) {
  rect.setAttribute("x", x.toFixed(2));
  rect.setAttribute("width", width.toFixed(2));
  rect.setAttribute("y", String(y));
  rect.setAttribute("height", String(height));
}
