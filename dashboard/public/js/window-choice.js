/** @import { WindowName } from "../../stream-frame.ts" */

/** @type {Readonly<Record<WindowName, string>>} */
const LABELS = { "1m": "1 minute", "5m": "5 minutes", "1h": "1 hour" };

const PARAMETER = "window";

/** @type {WindowName} */
const DEFAULT_WINDOW = "1m";

/**
 * How a window is called in a sentence.
 *
 * @param {WindowName} name
 */
export function windowLabel(name) {
  return LABELS[name];
}

/** The window that the page's address names, else the shortest. */
export function windowInAddress() {
  const name = new URL(location.href).searchParams.get(PARAMETER);
  return isWindowName(name) ? name : DEFAULT_WINDOW;
}

/**
 * Notes a window in the page's address, so that a reload or a link shows the same.
 *
 * @param {WindowName} name
 */
export function noteWindowInAddress(name) {
  const address = new URL(location.href);
  address.searchParams.set(PARAMETER, name);
  history.replaceState(null, "", address);
}

/**
 * @param {string | null} name
 * @returns {name is WindowName}
 */
export function isWindowName(name) {
  return name !== null && Object.hasOwn(LABELS, name);
}
