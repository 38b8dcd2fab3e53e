import { setTimeout as sleep } from "node:timers/promises";
import { Redis as RedisClient } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import { isInMemory } from "../lib/run-directory.ts";
import { isMissing, type MissingPeer, type Peer } from "../peers/peer.ts";
import { type RedisPersistence, startRedis } from "../peers/redis.ts";
import { type Contender, windowOf } from "./contender.ts";
import { takePoint } from "./take-point.ts";

/** How long the client may take to find a Redis that was started again. */
const RECONNECT_MS = 10_000;
const RETRY_MS = 50;

const NAMES = {
  default: "rate-limiter-flexible on Redis",
  always: "The same, each change synced first",
} as const;

/** `rate-limiter-flexible` on a Redis of its own, as its documentation sets it up. */
export async function redisContender(
  persistence: RedisPersistence,
): Promise<Contender | MissingPeer> {
  const redis = await startRedis(persistence);
  const name = NAMES[persistence];
  if (isMissing(redis)) return { name, missing: redis.missing };
  // What is asked while there is none fails at once instead of waiting for it.
  const options = { port: redis.port, host: "127.0.0.1", lazyConnect: true };
  const client = new RedisClient({ ...options, enableOfflineQueue: false });
  // It reconnects by itself, and whoever asks meanwhile is told.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    client.disconnect();
    await redis.stop();
    return { name, missing: `its client did not connect: ${String(cause)}` };
  }
  return {
    name,
    note: noteOf(persistence),
    host: hostOf(redis, client),
    limit(bucket, rule) {
      const { points, durationS: duration } = windowOf(rule);
      const settings = { storeClient: client, points, duration, keyPrefix: bucket };
      const limiter = new RateLimiterRedis(settings);
      return Promise.resolve(() => takePoint(limiter));
    },
  };
}

function noteOf(persistence: RedisPersistence): string {
  if (persistence === "default") {
    return "Redis: RateLimiterRedis over one ioredis connection that pipelines; redis-server as it is by default, a snapshot after 60 s with 10,000 changes at the earliest";
  }
  const settings = "Redis with each change synced first: `appendonly yes`, `appendfsync always`";
  return isInMemory()
    ? `${settings}; here its file is in memory, where a sync costs nothing`
    : settings;
}

function hostOf(redis: Peer, client: RedisClient): Contender["host"] {
  return {
    async crash() {
      await redis.crash();
      await untilConnected(client);
    },
    async stop() {
      client.disconnect();
      await redis.stop();
    },
  };
}

async function untilConnected(client: RedisClient): Promise<void> {
  const deadline = performance.now() + RECONNECT_MS;
  for (;;) {
    try {
      await client.ping();
      return;
    } catch (cause) {
      if (performance.now() > deadline) throw cause;
      await sleep(RETRY_MS);
    }
  }
}
