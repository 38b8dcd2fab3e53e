import { useMemo } from "preact/hooks";
import type { ErrorCounts } from "./error-row.ts";
import { BAR_WIDTH, shareParts } from "./share-parts.ts";

/** How timings ended, as parts of a bar; the numbers stand beside it. */
export function ShareBar({ counts }: { readonly counts: ErrorCounts }) {
  const { good, error, timeout, rateLimited } = counts;
  const parts = useMemo(
    () => shareParts({ good, error, timeout, rateLimited }),
    [good, error, timeout, rateLimited],
  );
  return (
    <svg
      class="share"
      viewBox={`0 0 ${BAR_WIDTH} 10`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect class="track" width={BAR_WIDTH} height="10" />
      {parts.map(({ name, start, width }) => (
        <rect key={name} class={name} x={start} width={width} height="10" />
      ))}
    </svg>
  );
}
