import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import { invalidateCache, readCacheLog } from "./api/cache-binding.ts";
import { takePermit } from "./api/permit-binding.ts";
import { takeReports } from "./api/report-binding.ts";
import { handleRequest } from "./api/router.ts";
import { type OpenShard, SessionCalls } from "./api/session-calls.ts";
import { directCalls } from "./api/shard-calls.ts";
import { isName } from "./names.ts";
import type { CacheFeedBinding, CacheLogAnswer, CacheScope } from "./wire/cache-feed.ts";
import type { PermitAnswer, PermitRequest } from "./wire/permits.ts";
import type { ReportAnswer, ReportRequest, TachographBinding } from "./wire/report.ts";

export { Coordinator } from "../durable-objects/coordinator.ts";
export { Dispatcher } from "../durable-objects/dispatcher.ts";
export { TimingShard } from "../durable-objects/timing-shard.ts";

/** What a service binding is made with: `props = { tenant = "…" }` in wrangler.toml. */
export interface IngestProps {
  readonly tenant: string;
}

const NO_TENANT = 'the service binding needs props = { tenant = "NAME" } in wrangler.toml';

/** Calls follow the opening at once: nobody waits for the way there and back. */
function openShard(env: Env, name: string): OpenShard {
  const opening = env.TIMING_SHARD.getByName(name).open();
  return {
    report: (message) => opening.report(message),
    permit: (request) => opening.permit(request),
    [Symbol.dispose]: () => {
      const dispose = (shard: Disposable): void => shard[Symbol.dispose]();
      // Of what never opened there is nothing to let go of; who called it was told why.
      opening.then(dispose, () => undefined);
    },
  };
}

/** Reports of one request of a tracking Worker, over sessions with the shards. */
class IngestSession extends RpcTarget {
  readonly #env: Env;
  readonly #tenant: unknown;
  readonly #calls: SessionCalls;

  constructor(env: Env, tenant: unknown) {
    super();
    this.#env = env;
    this.#tenant = tenant;
    this.#calls = new SessionCalls({
      open: (name) => openShard(env, name),
      direct: directCalls(env),
    });
  }

  /** See `Ingest.report`. */
  async report(request: ReportRequest): Promise<ReportAnswer> {
    if (!isName(this.#tenant)) return { ok: false, reason: "invalid", detail: NO_TENANT };
    const answer = await takeReports(this.#env, this.#tenant, request, this.#calls);
    return answer.ok && this.#calls.isSpent ? { ...answer, isLast: true } : answer;
  }

  /**
   * For a runtime that calls it when the tracking Worker lets go of this. Where it does not, the
   * sessions with the shards end with the invocation that holds them, which then ends, too.
   */
  [Symbol.dispose](): void {
    this.#calls[Symbol.dispose]();
  }
}

/** What tracking Workers report to, over a service binding with `entrypoint = "Ingest"`. */
export class Ingest
  extends WorkerEntrypoint<Env, IngestProps>
  implements TachographBinding, CacheFeedBinding
{
  async report(request: ReportRequest): Promise<ReportAnswer> {
    const tenant: unknown = this.ctx.props?.tenant;
    if (!isName(tenant)) {
      return { ok: false, reason: "invalid", detail: NO_TENANT };
    }
    return takeReports(this.env, tenant, request);
  }

  /** Opens a session for several reports in a row. */
  open(): IngestSession {
    return new IngestSession(this.env, this.ctx.props?.tenant);
  }

  async permit(request: PermitRequest): Promise<PermitAnswer> {
    const tenant: unknown = this.ctx.props?.tenant;
    if (isName(tenant)) return takePermit(this.env, tenant, request);
    const target = typeof request?.target === "string" ? request.target : "";
    return { kind: "failed", target, reason: "invalid", detail: NO_TENANT };
  }

  async cacheLog(since: number, cache?: string): Promise<CacheLogAnswer> {
    const tenant: unknown = this.ctx.props?.tenant;
    if (!isName(tenant)) return { ok: false, reason: "invalid", detail: NO_TENANT };
    return readCacheLog(this.env, tenant, since, cache);
  }

  async invalidateCache(
    cache: string,
    scopes: readonly CacheScope[],
    since: number,
  ): Promise<CacheLogAnswer> {
    const tenant: unknown = this.ctx.props?.tenant;
    if (!isName(tenant)) return { ok: false, reason: "invalid", detail: NO_TENANT };
    return invalidateCache(this.env, tenant, { cache, scopes, since });
  }
}

export default {
  fetch: handleRequest,
} satisfies ExportedHandler<Env>;
