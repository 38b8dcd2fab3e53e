import { Coordinator as ProductCoordinator } from "../../durable-objects/coordinator.ts";
import { Dispatcher as ProductDispatcher } from "../../durable-objects/dispatcher.ts";
import { ShardSession } from "../../durable-objects/shard-session.ts";
import { TimingShard as ProductShard } from "../../durable-objects/timing-shard.ts";
import worker, { Ingest as ProductIngest } from "../../src/worker.ts";
import type { ReportAnswer, ReportRequest } from "../../src/wire/report.ts";
import { answerClock } from "./shifted-clock.ts";
import { countedDatabase, countRequests, countStorage, usage } from "./usage.ts";

/** The shard as it is, counted. */
export class TimingShard extends ProductShard {
  constructor(ctx: DurableObjectState, env: Env) {
    super(countStorage(ctx), env);
  }
}

/** The coordinator as it is, counted. */
export class Coordinator extends ProductCoordinator {
  constructor(ctx: DurableObjectState, env: Env) {
    super(countStorage(ctx), { ...env, DB: countedDatabase(env.DB) });
  }
}

/** The dispatcher as it is, counted. */
export class Dispatcher extends ProductDispatcher {
  constructor(ctx: DurableObjectState, env: Env) {
    super(countStorage(ctx), { ...env, DB: countedDatabase(env.DB) });
  }
}

countRequests("TimingShard", TimingShard, ProductShard);
// Calls within a session are not billed, so that the session takes those that are not counted.
Object.defineProperty(TimingShard.prototype, "open", {
  value: function (this: TimingShard): ShardSession {
    usage.objectRequests["TimingShard"] = (usage.objectRequests["TimingShard"] ?? 0) + 1;
    return new ShardSession({
      report: (message) => ProductShard.prototype.report.call(this, message),
      permit: (request) => ProductShard.prototype.permit.call(this, request),
    });
  },
});
countRequests("Coordinator", Coordinator, ProductCoordinator);
countRequests("Dispatcher", Dispatcher, ProductDispatcher);

/** The binding as it is, counted. */
export class Ingest extends ProductIngest {
  override report(request: ReportRequest): Promise<ReportAnswer> {
    usage.workerRequests += 1;
    return super.report(request);
  }
}

/** Made once: what is computed from bindings is remembered by them. */
let countedEnv: Env | undefined;

/**
 * Tachograph as it is, counted, and beside it `GET /bench/usage`: what has been used so far, and
 * `GET /bench/clock?aheadMs`, which sets its clock.
 */
export default {
  fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === "/bench/usage") return Response.json(usage);
    if (url.pathname === "/bench/clock") return answerClock(url);
    usage.workerRequests += 1;
    countedEnv ??= { ...env, DB: countedDatabase(env.DB) };
    return worker.fetch(request, countedEnv, ctx);
  },
} satisfies ExportedHandler<Env>;
