import type { WindowStats } from "../../../../src/stream/stream-frame.ts";

const MIN_MS = 1;
const MAX_MS = 10_000;

/**
 * From the median to p99 on a logarithmic scale, with a mark at p95. Says nothing to who reads. Two
 * paths, not a shape for each part: there may be hundreds.
 */
export function SpreadBar({ p50Ms, p95Ms, p99Ms }: WindowStats) {
  if (p50Ms === null || p95Ms === null || p99Ms === null) return <span class="spread" />;
  const [from, p95, to] = [place(p50Ms), place(p95Ms), place(p99Ms)];
  return (
    <svg class="spread" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
      <path class="span" d={box(from, Math.max(to - from, 1), 3, 6)} />
      <path class="marks" d={`${box(from - 0.75, 1.5, 1, 10)}${box(p95 - 0.5, 1, 2, 8)}`} />
    </svg>
  );
}

/** 0 to 100. */
function place(durationMs: number): number {
  const clamped = Math.min(Math.max(durationMs, MIN_MS), MAX_MS);
  return (Math.log(clamped / MIN_MS) / Math.log(MAX_MS / MIN_MS)) * 100;
}

function box(x: number, width: number, y: number, height: number): string {
  return `M${x.toFixed(2)} ${y}h${width.toFixed(2)}v${height}h${(-width).toFixed(2)}z`;
}
