import { config } from "../../configured.ts";
import type { CoordinatorHealth } from "../../coordinator/coordinator-health.ts";
import { withDeadline } from "../../deadline.ts";
import type { DispatcherHealth } from "../../wire/dispatcher-rpc.ts";
import type { Handler } from "../context.ts";
import { dispatcherProblems, handOverProblems } from "../dispatcher-problems.ts";

/** How long one part may take to answer. */
const DEADLINE_MS = 5_000;

/** A backlog older than this means that history does not reach D1. */
const BACKLOG_LIMIT_MS = 180_000;

interface PartHealth {
  readonly ok: boolean;
  readonly latencyMs: number;
  readonly detail: unknown;
}

/** `GET /health/deep`: 200 if every part is well, else 503 with the same body. */
export const getHealthDeep: Handler = async (_request, { env, who }) => {
  const [d1Answer, answer, dispatcherAnswer] = await Promise.all([
    timed(() =>
      env.DB.prepare("SELECT 1 FROM rollups LIMIT 1")
        .all()
        .then(() => "reachable"),
    ),
    timed(() => env.COORDINATOR.getByName(who.tenant).health()),
    timed(() => env.DISPATCHER.getByName(who.tenant).health()),
  ]);
  const parts =
    answer.value === undefined ? unreachable(answer) : describe(answer.value, answer.latencyMs);
  const d1 = withBacklog(d1Answer, answer.value);
  const dispatcher = withProblems(dispatcherAnswer, answer.value);
  const all = { d1, ...parts, dispatcher };
  const ok = Object.values(all).every((part) => part.ok);
  return Response.json(
    { status: ok ? "ok" : "failing", tenant: who.tenant, at: Date.now(), parts: all, ...all },
    { status: ok ? 200 : 503, headers: { "Cache-Control": "no-store" } },
  );
};

interface Timed<Value> extends PartHealth {
  readonly value: Value | undefined;
}

async function timed<Value>(call: () => PromiseLike<Value>): Promise<Timed<Value>> {
  const startedAt = Date.now();
  try {
    const value = await withDeadline(call(), DEADLINE_MS, "the answer");
    return { ok: true, latencyMs: Date.now() - startedAt, detail: "", value };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    return { ok: false, latencyMs: Date.now() - startedAt, detail, value: undefined };
  }
}

function unreachable({
  latencyMs,
  detail,
}: PartHealth): Record<"shards" | "coordinator" | "ledger", PartHealth> {
  const part = {
    ok: false,
    latencyMs,
    detail: `the coordinator did not answer: ${String(detail)}`,
  };
  return { shards: part, coordinator: part, ledger: part };
}

function describe(
  health: CoordinatorHealth,
  latencyMs: number,
): Record<"shards" | "coordinator" | "ledger", PartHealth> {
  const {
    shards,
    missing,
    ledger,
    outbox: _outbox,
    retention: _retention,
    archive: _archive,
    ...coordinator
  } = health;
  return {
    shards: {
      ok: missing.length === 0 && shards.every(({ limitFault }) => limitFault === null),
      latencyMs,
      detail: { missing, shards },
    },
    coordinator: { ok: coordinator.lastError === null, latencyMs, detail: coordinator },
    ledger: {
      ok: ledger.isBalanced,
      latencyMs,
      detail: ledger.isBalanced ? ledger : { problem: "the books do not add up", ...ledger },
    },
  };
}

function withBacklog(d1: PartHealth, health: CoordinatorHealth | undefined): PartHealth {
  const { ok, latencyMs, detail } = d1;
  if (health === undefined) return { ok, latencyMs, detail };
  const { outbox, retention, archive, at } = health;
  const isBehind = outbox.behindSince !== null && at - outbox.behindSince > BACKLOG_LIMIT_MS;
  return {
    ok: ok && !isBehind && outbox.lastError === null && archive.lastError === null,
    latencyMs,
    detail: { reachable: ok, ...(ok ? {} : { error: detail }), outbox, retention, archive },
  };
}

function withProblems(
  { ok, latencyMs, detail, value }: Timed<DispatcherHealth>,
  coordinator: CoordinatorHealth | undefined,
): PartHealth {
  if (value === undefined) return { ok, latencyMs, detail };
  const problems = [
    ...dispatcherProblems(value, config.delivery.watchdogMs),
    ...(coordinator === undefined ? [] : handOverProblems(coordinator)),
  ];
  return { ok: problems.length === 0, latencyMs, detail: { problems, ...value } };
}
