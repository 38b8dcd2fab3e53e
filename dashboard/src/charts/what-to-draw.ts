import type { ChartBand, ChartLevel } from "./time-chart.tsx";

/** What a chart shows, each the same object until it changes. */
export interface Drawn {
  readonly data: unknown;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly levels: readonly ChartLevel[] | undefined;
  readonly bands: readonly ChartBand[] | undefined;
  readonly format: unknown;
}

/**
 * The least that makes a chart show what is next: `data` works its scales out again, as the range of
 * values has to hold the levels, too; `looks` draws it as it stands.
 */
export function whatToDraw(before: Drawn, next: Drawn): "data" | "looks" | "nothing" {
  const isOther = (name: keyof Drawn): boolean => !Object.is(before[name], next[name]);
  if ((["data", "from", "to", "levels"] as const).some((name) => isOther(name))) return "data";
  return isOther("bands") || isOther("format") ? "looks" : "nothing";
}
