/** Moves the keyboard's focus to a card without scrolling. @returns the card, null if it is not there. */
export function focusSection(id: string): HTMLElement | null {
  const section = document.getElementById(id);
  if (section === null) return null;
  section.tabIndex = -1;
  section.focus({ preventScroll: true });
  return section;
}
