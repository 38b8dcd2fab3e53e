import type { CoordinatorHealth } from "../../coordinator/coordinator-health.ts";
import { withDeadline } from "../../deadline.ts";
import type { Handler } from "../context.ts";

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
  const [d1Answer, answer] = await Promise.all([
    timed(() =>
      env.DB.prepare("SELECT 1 FROM rollups LIMIT 1")
        .all()
        .then(() => "reachable"),
    ),
    timed(() => env.COORDINATOR.getByName(who.tenant).health()),
  ]);
  const parts =
    answer.value === undefined ? unreachable(answer) : describe(answer.value, answer.latencyMs);
  const d1 = withBacklog(d1Answer, answer.value);
  // No channel is configured in this version, so there is nothing that could wait to be sent.
  const dispatcher = { ok: true, latencyMs: 0, detail: "no channels are configured" };
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
  const { outbox, retention, at } = health;
  const isBehind = outbox.oldestAt !== null && at - outbox.oldestAt > BACKLOG_LIMIT_MS;
  return {
    ok: ok && !isBehind && outbox.lastError === null,
    latencyMs,
    detail: { reachable: ok, ...(ok ? {} : { error: detail }), outbox, retention },
  };
}
