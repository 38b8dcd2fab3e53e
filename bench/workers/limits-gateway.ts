import { DurableObject } from "cloudflare:workers";
import type { LimitRule } from "../../src/limits/limit-rule.ts";
import { permitsPerMs } from "../limits/bucket-rule.ts";
import type { Decision, TimingShard } from "./limits-tachograph.ts";

interface GatewayEnv {
  readonly TIMING_SHARD: DurableObjectNamespace<TimingShard>;
  readonly MEMORY_BUCKET: DurableObjectNamespace<MemoryBucket>;
  readonly KV: KVNamespace;
}

/**
 * The way from outside to the buckets: `POST /permit` and `/take` with `?shard=tenant/target%23k`,
 * which `POST /limit?shard=…&capacity=…&refill=…` sets, and `POST /kv` and `/memory` with
 * `?bucket=…&capacity=…&refill=…`.
 */
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/health") return new Response("ok");
    const shard = env.TIMING_SHARD.getByName(searchParams.get("shard") ?? "");
    const bucket = searchParams.get("bucket") ?? "";
    switch (pathname) {
      case "/permit":
        return new Response(await shard.permit(await request.text()));
      case "/take":
        return Response.json(await shard.takeOne());
      case "/kv":
        return Response.json(await takeFromKv(env.KV, bucket, ruleOf(searchParams)));
      case "/memory":
        return Response.json(await takeFromMemory(env, bucket, ruleOf(searchParams)));
      case "/limit":
        return Response.json(await shard.setLimit(ruleOf(searchParams)));
      default:
        return new Response("no such way", { status: 404 });
    }
  },
} satisfies ExportedHandler<GatewayEnv>;

function ruleOf(searchParams: URLSearchParams): LimitRule {
  const number = (name: string): number => Number(searchParams.get(name));
  return { capacity: number("capacity"), refillPerMinute: number("refill") };
}

interface KvBucket {
  readonly tokens: number;
  readonly at: number;
}

/** The bucket that everybody writes first: read it, decide, write it back. */
async function takeFromKv(kv: KVNamespace, bucket: string, rule: LimitRule): Promise<Decision> {
  const now = Date.now();
  const saved = await kv.get<KvBucket>(bucket, "json");
  const refilled =
    saved === null ? rule.capacity : saved.tokens + permitsPerMs(rule) * (now - saved.at);
  const tokens = Math.min(rule.capacity, refilled);
  if (tokens < 1) return { granted: false, at: now };
  await kv.put(bucket, JSON.stringify({ tokens: tokens - 1, at: now }));
  return { granted: true, at: Date.now() };
}

async function takeFromMemory(env: GatewayEnv, bucket: string, rule: LimitRule): Promise<Decision> {
  const waitMs = await env.MEMORY_BUCKET.getByName(bucket).millisecondsToWait(rule);
  return { granted: waitMs === 0, at: Date.now() };
}

/** How often the in-memory bucket is refilled, in milliseconds. */
const REFILL_EVERY_MS = 500;

/**
 * A bucket of the form of Cloudflare's documented example of a rate limiter: tokens are a field of
 * the object, full whenever it is constructed, and an alarm adds to them.
 */
export class MemoryBucket extends DurableObject {
  #rule: LimitRule | undefined;
  #tokens = 0;

  async millisecondsToWait(rule: LimitRule): Promise<number> {
    if (this.#rule === undefined) this.#tokens = rule.capacity;
    this.#rule = rule;
    await this.#ensureAlarm();
    if (this.#tokens < 1) return 1 / permitsPerMs(rule);
    this.#tokens -= 1;
    return 0;
  }

  override async alarm(): Promise<void> {
    // It was constructed for the alarm: full, whatever its limit is.
    if (this.#rule === undefined) return;
    const gained = permitsPerMs(this.#rule) * REFILL_EVERY_MS;
    this.#tokens = Math.min(this.#rule.capacity, this.#tokens + gained);
    if (this.#tokens < this.#rule.capacity) await this.#ensureAlarm();
  }

  async #ensureAlarm(): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm === null) await this.ctx.storage.setAlarm(Date.now() + REFILL_EVERY_MS);
  }
}
