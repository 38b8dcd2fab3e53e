import fc from "fast-check";
import { expect, test } from "vitest";
import { type OpenShard, SessionCalls } from "../../../src/api/session-calls.ts";
import { seedOf } from "../../support/seeded.ts";

type Fate = "ok" | "break" | "break_after" | "overloaded" | "restart";

/** A shard that counts what reaches it, with sessions that break as stubs do. */
class ModelShard {
  readonly counted: number[] = [];
  fates: Fate[] = [];
  opened = 0;
  held = 0;
  calledAfterEnd = 0;
  #life = 0;

  open(): OpenShard {
    this.opened += 1;
    this.held += 1;
    const life = this.#life;
    let isHeld = true;
    let isBroken = false;
    const call = async (count: () => void): Promise<string> => {
      if (!isHeld) this.calledAfterEnd += 1;
      const fate = this.fates.shift() ?? "ok";
      if (fate === "restart") this.#life += 1;
      await Promise.resolve();
      if (fate === "overloaded") throw Object.assign(new Error(fate), { overloaded: true });
      if (isBroken || life !== this.#life || fate === "break") {
        isBroken = true;
        throw new Error("broken");
      }
      count();
      if (fate === "break_after") throw new Error("the answer was lost");
      return "taken";
    };
    return {
      report: ([id = 0]) => call(() => this.counted.push(id)),
      permit: () => call(() => undefined),
      [Symbol.dispose]: () => {
        if (isHeld) this.held -= 1;
        isHeld = false;
      },
    };
  }
}

const FATES = fc.array(
  fc.constantFrom<Fate>("ok", "ok", "ok", "break", "break_after", "overloaded", "restart"),
  { maxLength: 40, size: "max" },
);
const STEPS = fc.array(
  fc.record({ shard: fc.nat(2), isPermit: fc.boolean(), isWaited: fc.boolean() }),
  { maxLength: 40, size: "max" },
);

test("what is answered was taken, nothing is sent more than twice, nothing stays open", async () => {
  const seed = seedOf("session calls", process.env["SEED"]);
  await fc.assert(
    fc.asyncProperty(FATES, STEPS, async (fates, steps) => {
      const shards = [new ModelShard(), new ModelShard(), new ModelShard()];
      for (const shard of shards) shard.fates = [...fates];
      const calls = new SessionCalls((name) => (shards[Number(name)] ?? new ModelShard()).open());
      const answered = new Map<number, number>();
      const all: Promise<void>[] = [];
      for (const [id, { shard, isPermit, isWaited }] of steps.entries()) {
        const call = isPermit
          ? calls.permit(String(shard), "{}")
          : calls.report(String(shard), Uint8Array.of(id)).then(() => void answered.set(id, shard));
        const settled = Promise.resolve(call).then(
          () => undefined,
          () => undefined,
        );
        all.push(settled);
        // oxlint-disable-next-line no-await-in-loop -- some calls follow others, some do not
        if (isWaited) await settled;
      }
      await Promise.all(all);
      calls[Symbol.dispose]();
      for (const [id, shard] of answered) {
        const times = shards[shard]?.counted.filter((counted) => counted === id).length;
        expect(times === 1 || times === 2).toBe(true);
      }
      for (const { held, calledAfterEnd } of shards) {
        expect({ held, calledAfterEnd }).toEqual({ held: 0, calledAfterEnd: 0 });
      }
    }),
    { seed, numRuns: 300 },
  );
});

test("many reports are one opening", async () => {
  const shard = new ModelShard();
  const calls = new SessionCalls(() => shard.open());
  for (let id = 0; id < 50; id += 1) await calls.report("0", Uint8Array.of(id));
  expect(shard.opened).toBe(1);
  expect(shard.counted.length).toBe(50);
});

test("a session that broke since is replaced within the same report", async () => {
  const shard = new ModelShard();
  const calls = new SessionCalls(() => shard.open());
  await calls.report("0", Uint8Array.of(1));
  shard.fates = ["restart"];
  expect(await calls.report("0", Uint8Array.of(2))).toBe("taken");
  expect(shard.counted).toEqual([1, 2]);
  expect(shard.opened).toBe(2);
});

test("a first report that fails is not sent again, nor one to an object with too much to do", async () => {
  const shard = new ModelShard();
  const calls = new SessionCalls(() => shard.open());
  shard.fates = ["break"];
  await expect(calls.report("0", Uint8Array.of(1))).rejects.toThrow("broken");
  expect(shard.opened).toBe(1);
  await calls.report("0", Uint8Array.of(1));
  shard.fates = ["overloaded"];
  await expect(calls.report("0", Uint8Array.of(2))).rejects.toThrow("overloaded");
  expect(shard.opened).toBe(2);
});

test("a report does not follow one that hangs over the same session", async () => {
  const sessions: OpenShard[] = [];
  const hanging = new Promise<string>(() => undefined);
  const calls = new SessionCalls(() => {
    const isFirst = sessions.length === 0;
    const session: OpenShard = {
      report: () => (isFirst ? hanging : Promise.resolve("taken")),
      permit: () => Promise.resolve("{}"),
      [Symbol.dispose]: () => undefined,
    };
    sessions.push(session);
    return session;
  });
  void calls.report("0", Uint8Array.of(1));
  expect(await calls.report("0", Uint8Array.of(1))).toBe("taken");
  expect(sessions.length).toBe(2);
});
