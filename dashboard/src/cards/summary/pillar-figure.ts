import type { PillarViews } from "../../../../src/stream/stream-frame.ts";

/** The one figure that says most of a pillar. */
export interface PillarFigure {
  /** Its name within the pillar of `/v1/live`; of latency, within the worst target. */
  readonly field: "p95Ms" | "rate" | "perSecond" | "meanMs" | "hitRate";
  /** Milliseconds, a fraction from 0 to 1, or how many a second. */
  readonly value: number | null;
  /** The worst target: of whom the figure is, or who adds most to it. Null where there is none to name. */
  readonly worst: string | null;
}

/** What is shown of a pillar beside its grade; null for one without data. */
export function pillarFigure(pillars: PillarViews, name: keyof PillarViews): PillarFigure | null {
  const { latency, errors, throughput, d1, cache } = pillars;
  switch (name) {
    case "latency": {
      const worst = latency?.targets[0];
      return worst === undefined
        ? null
        : { field: "p95Ms", value: worst.p95Ms, worst: worst.target };
    }
    case "errors": {
      const worst = errors?.targets[0];
      const hasFailed = worst !== undefined && worst.failed > 0;
      return (
        errors && { field: "rate", value: errors.rate, worst: hasFailed ? worst.target : null }
      );
    }
    case "throughput":
      return throughput && { field: "perSecond", value: throughput.perSecond, worst: null };
    case "d1":
      return d1 && { field: "meanMs", value: d1.meanMs, worst: null };
    case "cache":
      return cache && { field: "hitRate", value: cache.hitRate, worst: null };
  }
}
