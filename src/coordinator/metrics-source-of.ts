import { targetKind, type TachographConfig } from "../config.ts";
import type { MetricsSource } from "../export/metrics-source.ts";
import type { TenantState } from "../merge/tenant-state.ts";

interface Told extends Omit<
  MetricsSource,
  "totals" | "exemplars" | "shards" | "refused" | "countsSince" | "untoldTargets" | "kindOf"
> {
  readonly state: TenantState;
  readonly config: TachographConfig;
}

/** All that a page of metrics is made of, out of a tenant's merged state and what is told of it. */
export function metricsSourceOf({ state, config, ...told }: Told): MetricsSource {
  // What a page shows must be stored first: a counter that a crash takes back would go down.
  state.storeNews();
  return {
    ...told,
    totals: state.totals(),
    exemplars: (name) => state.exemplars(name),
    shards: [...state.shards.values()],
    // What is refused while the page is read is not stored.
    refused: structuredClone(state.refused),
    countsSince: state.countsSince,
    untoldTargets: state.untoldTargets,
    kindOf: (target) => targetKind(config, target),
  };
}
