/** @import { AlertView } from "../../stream-frame.ts" */
import { setText } from "./element.js";

/** Alerts that are shown; of more, how many there are. */
const MAX_SHOWN = 20;

/** @type {Readonly<Record<AlertView["severity"], string>>} */
const COLOR_OF_SEVERITY = { CRITICAL: "red", HIGH: "orange", MEDIUM: "yellow", LOW: "blue" };

const SEVERITIES = Object.keys(COLOR_OF_SEVERITY);

/** The alerts that fire, the worst first. What is only pending is not shown. */
export class AlertList {
  #section;
  #list;
  /** What is shown: a list that did not change is left alone, with a reader's place in it. */
  #shown = "";

  /**
   * @param {HTMLElement} section - hidden as long as nothing fires.
   * @param {HTMLElement} list
   */
  constructor(section, list) {
    this.#section = section;
    this.#list = list;
  }

  /** @param {ReadonlyMap<string, AlertView>} alerts */
  show(alerts) {
    const open = [...alerts.values()]
      .filter(({ state }) => state !== "pending")
      .toSorted((one, other) => rank(one) - rank(other) || one.since - other.since);
    const content = JSON.stringify(open);
    if (content === this.#shown) return;
    this.#shown = content;
    this.#section.hidden = open.length === 0;
    const rows = open.slice(0, MAX_SHOWN).map(rowOf);
    if (open.length > MAX_SHOWN) {
      const more = document.createElement("li");
      setText(more, `and ${open.length - MAX_SHOWN} more`);
      rows.push(more);
    }
    this.#list.replaceChildren(...rows);
  }
}

/** @param {AlertView} alert */
function rowOf({ severity, state, summary, action, acknowledgedBy, silencedBy }) {
  const row = document.createElement("li");
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.dataset.color = COLOR_OF_SEVERITY[severity];
  setText(badge, severity);
  const text = document.createElement("span");
  const notes = [
    state === "nodata" ? "no data at present" : "",
    acknowledgedBy === null ? "" : `taken on by ${acknowledgedBy}`,
    silencedBy === null ? "" : "silenced",
  ].filter((note) => note !== "");
  setText(text, [summary, ...notes].join(" · "));
  const hint = document.createElement("small");
  setText(hint, action);
  row.append(badge, text, hint);
  return row;
}

/** @param {AlertView} alert */
function rank({ severity }) {
  return SEVERITIES.indexOf(severity);
}
