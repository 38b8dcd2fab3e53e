/** What a rule would have done with one series at one point in time. */
interface TimelineTransition {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly target: string;
  readonly operation: string;
  readonly state: string;
}

/** What a cell of a timeline can show, the worst first. */
const SHOWN_STATES = ["firing", "nodata", "pending"] as const;

type CellState = (typeof SHOWN_STATES)[number] | "quiet";

const UNICODE: Readonly<Record<CellState, string>> = {
  firing: "█",
  nodata: "?",
  pending: "▄",
  quiet: "·",
};

const ASCII: Readonly<Record<CellState, string>> = {
  firing: "#",
  nodata: "?",
  pending: "-",
  quiet: ".",
};

/** What stands for what, for a legend. */
export function timelineLegend(isUnicode: boolean): string {
  const { firing, nodata, pending, quiet } = isUnicode ? UNICODE : ASCII;
  return `${firing} firing  ${pending} pending  ${nodata} no data  ${quiet} quiet`;
}

/**
 * Draws what became of all series of a rule as one line: each cell shows the worst state of any
 * series at any time within it, so that nothing is too short to be seen.
 * @param transitions - in order of time.
 * @param range - epoch milliseconds, `from` before `to`.
 * @param width - how many cells, 1 or more.
 */
export function timeline(
  transitions: readonly TimelineTransition[],
  range: { readonly from: number; readonly to: number },
  width: number,
  isUnicode: boolean,
): string {
  const glyphs = isUnicode ? UNICODE : ASCII;
  const cells = Array.from({ length: width }, (): CellState => "quiet");
  for (const { state, from, to } of stretchesOf(transitions, range.to)) {
    const cellMs = (range.to - range.from) / width;
    const first = clamp(Math.floor((from - range.from) / cellMs), width);
    // A stretch that ends where a cell begins is not in it, but is always in the one it began in.
    const last = clamp(Math.max(first, Math.ceil((to - range.from) / cellMs) - 1), width);
    for (let cell = first; cell <= last; cell++) {
      cells[cell] = worse(cells[cell] ?? "quiet", state);
    }
  }
  return cells.map((state) => glyphs[state]).join("");
}

interface Stretch {
  readonly state: CellState;
  readonly from: number;
  readonly to: number;
}

function stretchesOf(transitions: readonly TimelineTransition[], end: number): Stretch[] {
  const open = new Map<string, Pick<Stretch, "state" | "from">>();
  const stretches: Stretch[] = [];
  for (const { at, target, operation, state } of transitions) {
    const key = `${target}/${operation}`;
    const before = open.get(key);
    if (before !== undefined) stretches.push({ ...before, to: at });
    const shown = SHOWN_STATES.find((candidate) => candidate === state);
    if (shown === undefined) open.delete(key);
    else open.set(key, { state: shown, from: at });
  }
  for (const last of open.values()) stretches.push({ ...last, to: end });
  return stretches;
}

function worse(left: CellState, right: CellState): CellState {
  return SHOWN_STATES.find((state) => state === left || state === right) ?? "quiet";
}

function clamp(cell: number, width: number): number {
  return Math.min(Math.max(cell, 0), width - 1);
}
