import { type TachographConfig, targetKind } from "../config.ts";
import type { TenantState } from "../merge/tenant-state.ts";
import { type OtlpExportHealth, UNUSED_EXPORT } from "./otlp-export-health.ts";
import { OtlpExporter, type OtlpExporterOptions } from "./otlp-exporter.ts";

/** Where totals are pushed to, or why they cannot be. */
export type OtlpExportTarget =
  | { readonly kind: "faulty"; readonly fault: string }
  | ({ readonly kind: "push" } & Pick<
      OtlpExporterOptions,
      "version" | "outbox" | "sink" | "random" | "startTimer"
    >);

/** Whose totals are pushed. */
export interface OtlpExportSource {
  readonly tenant: string;
  readonly config: TachographConfig;
  readonly state: TenantState;
  readonly now: () => number;
}

/** The way of a tenant's totals to a collector; undefined if there is none that can be used. */
export function makeOtlpExporter(
  target: OtlpExportTarget | undefined,
  { tenant, config, state, now }: OtlpExportSource,
): OtlpExporter | undefined {
  if (target?.kind !== "push") return undefined;
  const { maxBuckets, timeoutMs } = config.otlpExport;
  return new OtlpExporter({
    ...target,
    tenant,
    maxBuckets,
    timeoutMs,
    checkpoint: () => state.checkpointNumber,
    totals: () => state.totals(),
    untold: () => state.untoldTargets,
    exemplars: ({ name }) => state.exemplars(name),
    exemplarNumber: () => state.exemplarNumber,
    kindOf: (name) => targetKind(config, name),
    now,
  });
}

/** How it stands; null where totals are pushed nowhere. */
export function otlpHealth(
  exporter: OtlpExporter | undefined,
  target: OtlpExportTarget | undefined,
): OtlpExportHealth | null {
  if (exporter !== undefined) return exporter.health();
  return target?.kind === "faulty" ? { ...UNUSED_EXPORT, fault: target.fault } : null;
}
