// A real project imports from "tachograph/client".
import {
  cacheManager,
  type QueryRunner,
  queryRunner,
  type Tachograph,
} from "../../../src/client/index.ts";
import type { Env } from "../env.ts";
import type { PlatformName } from "../tracked-event.ts";
import { PAUSE_QUERIES, type PauseQueryName } from "./pause-queries.ts";

/** Which platforms get no events for now, for one request. */
export class PausedPlatforms {
  readonly #queries: QueryRunner<PauseQueryName>;
  readonly #tacho: Pick<Tachograph, "noteFailure">;

  constructor({ DB, CACHE }: Pick<Env, "DB" | "CACHE">, tacho: Tachograph) {
    const cache = cacheManager(tacho, CACHE);
    this.#queries = queryRunner(DB, tacho, PAUSE_QUERIES, { cache });
    this.#tacho = tacho;
  }

  /** By name. An isolate hears of a change within seconds. */
  async list(): Promise<readonly string[]> {
    const rows = await this.#queries.all<{ readonly platform: string }>("read-paused");
    return rows.map(({ platform }) => platform);
  }

  /** As {@link list}, but none when it cannot be told: no event waits for that. Never rejects. */
  async known(): Promise<ReadonlySet<string>> {
    try {
      return new Set(await this.list());
    } catch (error) {
      this.#tacho.noteFailure("paused platforms", error);
      console.error("no platform counts as paused", error);
      return new Set();
    }
  }

  /** @param now - Epoch milliseconds. */
  async pause(platform: PlatformName, now: number): Promise<void> {
    await this.#queries.run("pause-platform", [platform, now]);
  }

  async resume(platform: PlatformName): Promise<void> {
    await this.#queries.run("resume-platform", [platform]);
  }
}
