/**
 * The element with this id.
 *
 * @template {Element} Kind
 * @param {string} id
 * @param {new () => Kind} kind - its class, as `HTMLInputElement`.
 * @returns {Kind}
 * @throws {Error} if the page has no such element: it and this code do not belong together.
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${kind.name} #${id}; reload it`);
}

/**
 * Sets an element's text if it differs: a screen reader's place and a selection survive.
 *
 * @param {Element} element
 * @param {string} text - shown as it is, never taken for HTML.
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
