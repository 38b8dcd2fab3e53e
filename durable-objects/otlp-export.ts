import { config } from "../src/configured.ts";
import type { OtlpExportTarget } from "../src/coordinator/make-otlp-exporter.ts";
import { planOtlpExport } from "../src/coordinator/otlp-export-plan.ts";
import { OtlpHttpSink } from "../src/coordinator/otlp-sink.ts";
import { VERSION } from "../src/version.ts";
import { allowsPrivateUrls } from "./allows-private-urls.ts";
import { secretOf } from "./secret-of.ts";
import { forgetPushes, SqliteOtlpOutbox } from "./storage/sqlite-otlp-outbox.ts";

/**
 * Where a tenant's totals are pushed to, or undefined if nobody wants them: then what still waits is
 * forgotten. What waits behind a fault stays, as that is to be mended.
 */
export function otlpExportOf(
  env: Env,
  tenant: string,
  storage: DurableObjectStorage,
): OtlpExportTarget | undefined {
  const plan = planOtlpExport(
    config,
    tenant,
    (name) => secretOf(env, name),
    allowsPrivateUrls(env),
  );
  if (plan.kind === "off") {
    const lost = forgetPushes(storage);
    if (lost > 0)
      console.warn(`${tenant}: totals are not pushed any more: ${lost} pushes are lost`);
    return undefined;
  }
  if (plan.kind === "faulty") {
    console.error(`${tenant}: totals are not pushed: ${plan.fault}`);
    return plan;
  }
  const { url, headers } = plan;
  return {
    kind: "push",
    version: VERSION,
    outbox: new SqliteOtlpOutbox(storage),
    sink: new OtlpHttpSink({
      url,
      headers,
      // Looked up at each call, as whoever replaces it expects.
      fetch: (address, init) => fetch(address, init),
      now: () => Date.now(),
    }),
    random: () => Math.random(),
    startTimer: (callback, durationMs) => {
      const timer = setTimeout(callback, durationMs);
      return () => clearTimeout(timer);
    },
  };
}
