import { afterEach, describe, expect, it, vi } from "vitest";
import { readLimits } from "../../../src/api/limit-views.ts";
import { Problem } from "../../../src/api/problem.ts";
import { limitRule, parseConfig } from "../../../src/config.ts";
import { untouchedView } from "../../../src/limits/project-view.ts";

const CONFIG = parseConfig({ targets: { meta: { shards: 4 }, google: {} } });

afterEach(() => vi.restoreAllMocks());

/** Shards of which each has denied as many permits by itself as its number, plus one. */
function shards(silent = ""): { readonly env: Env; readonly asked: string[] } {
  const asked: string[] = [];
  const config = parseConfig({});
  const namespace = {
    getByName: (name: string) => {
      const [, target = "", number = ""] = /^acme\/(.*)#(\d+)$/.exec(name) ?? [];
      const rule = limitRule(config, target);
      const answer = <Value>(value: Value): Promise<Value> => {
        asked.push(name);
        return name === silent ? Promise.reject(new Error("gone")) : Promise.resolve(value);
      };
      const denied = Number(number) + 1;
      const tally = { denied, allowedUnreached: 10 * denied, deniedUnreached: 100 * denied };
      return {
        limit: () =>
          answer(rule === undefined ? null : { ...untouchedView(target, rule), ...tally }),
        tally: () => answer(tally),
      };
    },
  };
  return { env: { TIMING_SHARD: namespace } as unknown as Env, asked };
}

describe("readLimits", () => {
  it("adds up what holders told all shards of a target", async () => {
    const { env, asked } = shards();
    const limits = await readLimits(env, CONFIG, "acme", ["google", "meta", "shop"]);
    expect(limits).toMatchObject({
      views: [
        { target: "google", denied: 1, allowedUnreached: 10, deniedUnreached: 100 },
        { target: "meta", denied: 10, allowedUnreached: 100, deniedUnreached: 1_000 },
      ],
      missing: [],
      problem: undefined,
    });
    expect(asked.toSorted()).toEqual([
      "acme/google#0",
      "acme/meta#0",
      "acme/meta#1",
      "acme/meta#2",
      "acme/meta#3",
      "acme/shop#0",
    ]);
  });

  it("leaves out a target of which a shard does not answer, and names it", async () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    for (const [name, said, missing, left] of [
      ["acme/meta#2", "Shard 2 of meta", "meta", "google"],
      ["acme/google#0", "Shard 0 of google", "google", "meta"],
    ] as const) {
      const limits = await readLimits(shards(name).env, CONFIG, "acme", ["google", "meta"]);
      expect(limits).toMatchObject({ views: [{ target: left }], missing: [missing] });
      expect(limits.views).toHaveLength(1);
      expect(limits.problem).toBeInstanceOf(Problem);
      expect(limits.problem).toMatchObject({
        status: 503,
        detail: expect.stringContaining(said),
      });
    }
    expect(error).toHaveBeenCalledTimes(2);
  });
});
