import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Redis as RedisClient } from "ioredis";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";

const PACKAGE_FILE = join(
  import.meta.dirname,
  "../../node_modules/rate-limiter-flexible/package.json",
);

/** `rate-limiter-flexible` on a Redis, as its documentation sets it up. */
export interface RedisLimiter {
  readonly version: string;
  /** Takes one point. @returns whether it was granted. */
  take(key: string): Promise<boolean>;
  close(): void;
}

/** @param limit - so many points in each window of so many seconds. */
export async function redisLimiter(
  port: number,
  limit: { readonly points: number; readonly durationS: number },
): Promise<RedisLimiter> {
  const client = new RedisClient({ port, host: "127.0.0.1", lazyConnect: true });
  // It reconnects by itself; a take that is under way meanwhile waits, or rejects and is told.
  client.on("error", () => undefined);
  await client.connect();
  const limiter = new RateLimiterRedis({
    storeClient: client,
    points: limit.points,
    duration: limit.durationS,
    keyPrefix: "limits",
  });
  const { version } = JSON.parse(readFileSync(PACKAGE_FILE, "utf8")) as { version: string };
  return {
    version,
    async take(key) {
      try {
        await limiter.consume(key);
        return true;
      } catch (cause) {
        // This is how it says no; everything else is a failure.
        if (cause instanceof RateLimiterRes) return false;
        throw cause;
      }
    },
    close() {
      client.disconnect();
    },
  };
}
