import { DurableObject } from "cloudflare:workers";
import { CONTENDED_RULE, permitsPerMs } from "../limits/bucket-rule.ts";
import type { Decision, TimingShard } from "./limits-tachograph.ts";

interface GatewayEnv {
  readonly TIMING_SHARD: DurableObjectNamespace<TimingShard>;
  readonly MEMORY_BUCKET: DurableObjectNamespace<MemoryBucket>;
  readonly KV: KVNamespace;
}

/**
 * The way from outside to the buckets: `POST /permit`, `/take`, `/kv`, `/memory` with
 * `?shard=tenant/target%23k`, and `POST /limit?shard=…&capacity=…&refill=…` to set one.
 */
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/health") return new Response("ok");
    const shard = env.TIMING_SHARD.getByName(searchParams.get("shard") ?? "");
    switch (pathname) {
      case "/permit":
        return new Response(await shard.permit(await request.text()));
      case "/take":
        return Response.json(await shard.takeOne());
      case "/kv":
        return Response.json(await takeFromKv(env.KV));
      case "/memory":
        return Response.json(await takeFromMemory(env));
      case "/limit": {
        const number = (name: string): number => Number(searchParams.get(name));
        const rule = { capacity: number("capacity"), refillPerMinute: number("refill") };
        return Response.json(await shard.setLimit(rule));
      }
      default:
        return new Response("no such way", { status: 404 });
    }
  },
} satisfies ExportedHandler<GatewayEnv>;

interface KvBucket {
  readonly tokens: number;
  readonly at: number;
}

/** The bucket that everybody writes first: read it, decide, write it back. */
async function takeFromKv(kv: KVNamespace): Promise<Decision> {
  const { capacity } = CONTENDED_RULE;
  const now = Date.now();
  const saved = await kv.get<KvBucket>("bucket", "json");
  const refilled =
    saved === null ? capacity : saved.tokens + permitsPerMs(CONTENDED_RULE) * (now - saved.at);
  const tokens = Math.min(capacity, refilled);
  if (tokens < 1) return { granted: false, at: now };
  await kv.put("bucket", JSON.stringify({ tokens: tokens - 1, at: now }));
  return { granted: true, at: Date.now() };
}

async function takeFromMemory(env: GatewayEnv): Promise<Decision> {
  const waitMs = await env.MEMORY_BUCKET.getByName("bucket").millisecondsToWait();
  return { granted: waitMs === 0, at: Date.now() };
}

/** How often the in-memory bucket is refilled, in milliseconds. */
const REFILL_EVERY_MS = 500;

/**
 * A bucket of the form of Cloudflare's documented example of a rate limiter: tokens are a field of
 * the object, full whenever it is constructed, and an alarm adds to them.
 */
export class MemoryBucket extends DurableObject {
  #tokens = CONTENDED_RULE.capacity;

  async millisecondsToWait(): Promise<number> {
    await this.#ensureAlarm();
    if (this.#tokens < 1) return 1 / permitsPerMs(CONTENDED_RULE);
    this.#tokens -= 1;
    return 0;
  }

  override async alarm(): Promise<void> {
    const gained = permitsPerMs(CONTENDED_RULE) * REFILL_EVERY_MS;
    this.#tokens = Math.min(CONTENDED_RULE.capacity, this.#tokens + gained);
    if (this.#tokens < CONTENDED_RULE.capacity) await this.#ensureAlarm();
  }

  async #ensureAlarm(): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm === null) await this.ctx.storage.setAlarm(Date.now() + REFILL_EVERY_MS);
  }
}
