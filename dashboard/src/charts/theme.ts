import type { ChartColor } from "./time-chart.tsx";

/** What charts are drawn with: the colours of lines, and those of axes and grids. */
type ThemeColor = ChartColor | "grid" | "text" | "card";

const NAMES: Readonly<Record<string, string>> = { text: "--text", card: "--card" };

const colors = new Map<ThemeColor, string>();
const listeners = new Set<() => void>();
let probe: HTMLElement | undefined;

/** A colour of the theme that is shown now, as a canvas takes it. */
export function themeColor(color: ThemeColor): string {
  const known = colors.get(color);
  if (known !== undefined) return known;
  follow();
  // `light-dark()` is worked out for properties of elements only.
  const element = (probe ??= document.head.appendChild(document.createElement("meta")));
  element.style.color = `var(${NAMES[color] ?? `--chart-${color}`})`;
  const found = getComputedStyle(element).color;
  colors.set(color, found);
  return found;
}

/** Calls `listener` when the theme changes, by the page's choice or the system's. @returns what ends that. */
export function onThemeChange(listener: () => void): () => void {
  follow();
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let isFollowed = false;

/** One for all charts, for as long as the page is there. */
function follow(): void {
  if (isFollowed) return;
  isFollowed = true;
  const change = (): void => {
    colors.clear();
    for (const listener of listeners) listener();
  };
  new MutationObserver(change).observe(document.documentElement, {
    attributeFilter: ["data-theme"],
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
}
