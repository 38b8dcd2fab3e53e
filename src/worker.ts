import { WorkerEntrypoint } from "cloudflare:workers";
import { takeReports } from "./api/report-binding.ts";
import { handleRequest } from "./api/router.ts";
import { isName } from "./names.ts";
import type { ReportAnswer, ReportRequest, TachographBinding } from "./wire/report.ts";

export { Coordinator } from "../durable-objects/coordinator.ts";
export { TimingShard } from "../durable-objects/timing-shard.ts";

/** What a service binding is made with: `props = { tenant = "…" }` in wrangler.toml. */
export interface IngestProps {
  readonly tenant: string;
}

/** What tracking Workers report to, over a service binding with `entrypoint = "Ingest"`. */
export class Ingest extends WorkerEntrypoint<Env, IngestProps> implements TachographBinding {
  async report(request: ReportRequest): Promise<ReportAnswer> {
    const tenant: unknown = this.ctx.props?.tenant;
    if (!isName(tenant)) {
      const detail = 'the service binding needs props = { tenant = "NAME" } in wrangler.toml';
      return { ok: false, reason: "invalid", detail };
    }
    return takeReports(this.env, tenant, request);
  }
}

export default {
  fetch: handleRequest,
} satisfies ExportedHandler<Env>;
