/** @import { Grade, SeriesView, WindowName, WindowStats } from "../../stream-frame.ts" */
import { setText } from "./element.js";
import { formatCount, formatMs, formatPercent, formatRate, NOTHING } from "./format.js";
import { SpreadBar } from "./spread-bar.js";

const WHOLE_TARGET = "*";

/** @typedef {readonly [string, (stats: WindowStats) => string]} NumberColumn */

/**
 * Columns of latencies in their order: the cell's `data-column`, and its text.
 *
 * @type {readonly NumberColumn[]}
 */
const LATENCY_COLUMNS = [
  ["p50Ms", ({ p50Ms }) => formatMs(p50Ms)],
  ["p90Ms", ({ p90Ms }) => formatMs(p90Ms)],
  ["p95Ms", ({ p95Ms }) => formatMs(p95Ms)],
  ["p99Ms", ({ p99Ms }) => formatMs(p99Ms)],
  ["maxMs", ({ maxMs }) => formatMs(maxMs)],
];

/** @type {readonly NumberColumn[]} */
const VOLUME_COLUMNS = [
  ["count", ({ count }) => formatCount(count)],
  ["perSecond", ({ perSecond }) => formatRate(perSecond)],
  ["errorRate", ({ count, errorRate }) => (count === 0 ? NOTHING : formatPercent(errorRate))],
];

/** Every column of numbers. */
export const NUMBER_COLUMNS = [...LATENCY_COLUMNS, ...VOLUME_COLUMNS];

/** One series as a row of the table. Names are text throughout. */
export class SeriesRow {
  element = document.createElement("tr");
  #latency = badge();
  #errors = badge();
  #latencies = LATENCY_COLUMNS.map(numberCell);
  #volumes = VOLUME_COLUMNS.map(numberCell);
  #spread = new SpreadBar();

  /** @param {SeriesView} view */
  constructor({ target, operation, kind }) {
    const isWhole = operation === WHOLE_TARGET;
    this.element.className = isWhole ? "whole" : "part";
    this.element.append(
      nameCell(target, operation, isWhole),
      cellOf(this.#latency),
      ...this.#latencies.map(({ cell }) => cell),
      cellOf(this.#spread.element),
      ...this.#volumes.map(({ cell }) => cell),
      cellOf(this.#errors),
      kindCell(kind),
    );
  }

  /**
   * @param {SeriesView} view
   * @param {WindowName} window
   */
  show(view, window) {
    const stats = view.windows[window];
    for (const { cell, format } of [...this.#latencies, ...this.#volumes])
      setText(cell, format(stats));
    showGrade(this.#latency, view.grades.latency);
    showGrade(this.#errors, view.grades.errors);
    this.#spread.show(stats);
  }
}

/**
 * @param {string} target
 * @param {string} operation
 * @param {boolean} isWhole
 */
function nameCell(target, operation, isWhole) {
  const cell = document.createElement("th");
  cell.scope = "row";
  const first = document.createElement("span");
  first.className = "target";
  first.textContent = target;
  const second = document.createElement("span");
  second.className = "operation";
  second.textContent = isWhole ? "all operations" : operation;
  cell.append(first, " ", second);
  return cell;
}

/** @param {Element} content */
function cellOf(content) {
  const cell = document.createElement("td");
  cell.append(content);
  return cell;
}

/** @param {string} kind */
function kindCell(kind) {
  const cell = document.createElement("td");
  cell.className = "kind";
  cell.textContent = kind;
  return cell;
}

/** @param {NumberColumn} column */
function numberCell([name, format]) {
  const cell = document.createElement("td");
  cell.className = "number";
  cell.dataset.column = name;
  return { cell, format };
}

function badge() {
  const element = document.createElement("span");
  element.className = "badge";
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {Grade | null} grade
 */
function showGrade(element, grade) {
  setText(element, grade?.grade ?? NOTHING);
  element.dataset.color = grade?.color ?? "none";
}
