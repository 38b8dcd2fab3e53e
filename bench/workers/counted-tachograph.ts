import { Coordinator as ProductCoordinator } from "../../durable-objects/coordinator.ts";
import { Dispatcher as ProductDispatcher } from "../../durable-objects/dispatcher.ts";
import { TimingShard as ProductShard } from "../../durable-objects/timing-shard.ts";
import worker, { Ingest as ProductIngest } from "../../src/worker.ts";
import type { ReportAnswer, ReportRequest } from "../../src/wire/report.ts";
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
countRequests("Coordinator", Coordinator, ProductCoordinator);
countRequests("Dispatcher", Dispatcher, ProductDispatcher);

/** The binding as it is, counted. */
export class Ingest extends ProductIngest {
  override report(request: ReportRequest): Promise<ReportAnswer> {
    usage.workerRequests += 1;
    return super.report(request);
  }
}

/** Tachograph as it is, and beside it `GET /bench/usage`: what has been used so far. */
export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/bench/usage") return Response.json(usage);
    usage.workerRequests += 1;
    return worker.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
