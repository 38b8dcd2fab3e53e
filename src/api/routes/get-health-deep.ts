import { config } from "../../configured.ts";
import type { CoordinatorHealth } from "../../coordinator/coordinator-health.ts";
import { withDeadline } from "../../deadline.ts";
import type { DispatcherHealth } from "../../wire/dispatcher-rpc.ts";
import type { Handler } from "../context.ts";
import type { DeepHealth, PartHealth } from "../deep-health.ts";
import {
  dispatcherProblems,
  dispatcherWarnings,
  handOverProblems,
} from "../dispatcher-problems.ts";
import {
  coordinatorProblems,
  ledgerProblems,
  otlpExportProblems,
  type PartProblems,
  problemList,
  shardProblems,
  storageProblems,
} from "../part-problems.ts";

/** How long one part may take to answer. */
const DEADLINE_MS = 5_000;

/** `GET /health/deep`: 200 if every part is well, else 503 with the same body. */
export const getHealthDeep: Handler = async (_request, { env, who }) => {
  const [d1, coordinator, dispatcher] = await Promise.all([
    timed(() =>
      env.DB.prepare("SELECT 1 FROM rollups LIMIT 1")
        .all()
        .then(() => "reachable"),
    ),
    timed(() => env.COORDINATOR.getByName(who.tenant).health()),
    timed(() => env.DISPATCHER.getByName(who.tenant).health()),
  ]);
  const parts = {
    d1: storagePart(d1, coordinator.value),
    ...coordinatorParts(coordinator),
    dispatcher: dispatcherPart(dispatcher, coordinator.value),
    ...otlpExportPart(coordinator),
  };
  const ok = Object.values(parts).every((part) => part.ok);
  const status = ok ? "ok" : "failing";
  const health: DeepHealth = { status, tenant: who.tenant, at: Date.now(), parts, ...parts };
  return Response.json(health, {
    status: ok ? 200 : 503,
    headers: { "Cache-Control": "no-store" },
  });
};

/** What a part answered and in which time, or why it did not. */
interface Timed<Value> {
  readonly latencyMs: number;
  readonly value: Value | undefined;
  /** Why there is no value. */
  readonly error: string;
}

async function timed<Value>(call: () => PromiseLike<Value>): Promise<Timed<Value>> {
  const startedAt = Date.now();
  try {
    const value = await withDeadline(call(), DEADLINE_MS, "the answer");
    return { latencyMs: Date.now() - startedAt, value, error: "" };
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    return { latencyMs: Date.now() - startedAt, value: undefined, error };
  }
}

function partOf(latencyMs: number, found: PartProblems, detail: unknown): PartHealth {
  const ok = found.failures.length === 0;
  return { ok, latencyMs, problems: problemList(found), detail };
}

function storagePart(d1: Timed<string>, health: CoordinatorHealth | undefined): PartHealth {
  const { latencyMs, value, error } = d1;
  const isReachable = value !== undefined;
  const mute = isReachable ? [] : [`D1 does not answer: ${error}`];
  if (health === undefined) {
    return partOf(latencyMs, { failures: mute, warnings: [] }, error);
  }
  const { outbox, retention, archive } = health;
  const { failures, warnings } = storageProblems(health);
  return partOf(
    latencyMs,
    { failures: [...mute, ...failures], warnings },
    { reachable: isReachable, ...(isReachable ? {} : { error }), outbox, retention, archive },
  );
}

function coordinatorParts({
  latencyMs,
  value,
  error,
}: Timed<CoordinatorHealth>): Record<"shards" | "coordinator" | "ledger", PartHealth> {
  if (value === undefined) {
    const detail = `the coordinator did not answer: ${error}`;
    const part = partOf(latencyMs, { failures: [detail], warnings: [] }, detail);
    return { shards: part, coordinator: part, ledger: part };
  }
  const {
    shards,
    missing,
    ledger,
    outbox: _outbox,
    retention: _retention,
    archive: _archive,
    otlpExport: _otlpExport,
    ...coordinator
  } = value;
  return {
    shards: partOf(latencyMs, shardProblems(value), { missing, shards }),
    coordinator: partOf(latencyMs, coordinatorProblems(value), coordinator),
    ledger: partOf(
      latencyMs,
      ledgerProblems(value),
      ledger.isBalanced ? ledger : { problem: "the books do not add up", ...ledger },
    ),
  };
}

/** Nothing where totals are pushed nowhere, or nobody could say. */
function otlpExportPart({ latencyMs, value }: Timed<CoordinatorHealth>): {
  readonly otlpExport?: PartHealth;
} {
  if (value === undefined || value.otlpExport === null) return {};
  return { otlpExport: partOf(latencyMs, otlpExportProblems(value), value.otlpExport) };
}

function dispatcherPart(
  { latencyMs, value, error }: Timed<DispatcherHealth>,
  coordinator: CoordinatorHealth | undefined,
): PartHealth {
  if (value === undefined) {
    const failures = [`the dispatcher did not answer: ${error}`];
    return partOf(latencyMs, { failures, warnings: [] }, error);
  }
  const failures = [
    ...dispatcherProblems(value, config.delivery.watchdogMs),
    ...(coordinator === undefined ? [] : handOverProblems(coordinator)),
  ];
  const found = { failures, warnings: dispatcherWarnings(value) };
  return partOf(latencyMs, found, { problems: failures, ...value });
}
