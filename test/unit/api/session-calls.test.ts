import fc from "fast-check";
import { expect, test } from "vitest";
import { type OpenShard, SessionCalls } from "../../../src/api/session-calls.ts";
import type { ShardCalls } from "../../../src/api/shard-calls.ts";
import { encodeShardAnswer } from "../../../src/wire/shard-message.ts";
import { seedOf } from "../../support/seeded.ts";

type Fate = "ok" | "break" | "break_after" | "overloaded" | "restart" | "quiet" | "busy";

/** A shard that counts what reaches it, with sessions that break as stubs do. */
class ModelShard {
  readonly counted: number[] = [];
  fates: Fate[] = [];
  isBusy = true;
  opened = 0;
  held = 0;
  direct = 0;
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
      if (isBroken || life !== this.#life) throw new Error("broken");
      try {
        return await this.call(count);
      } catch (cause) {
        isBroken = true;
        throw cause;
      }
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

  /** What a call meets, whether in a session or alone. */
  async call(count: () => void): Promise<string> {
    const fate = this.fates.shift() ?? "ok";
    if (fate === "restart") this.#life += 1;
    if (fate === "quiet" || fate === "busy") this.isBusy = fate === "busy";
    await Promise.resolve();
    if (fate === "overloaded") throw Object.assign(new Error(fate), { overloaded: true });
    if (fate === "break" || fate === "restart") throw new Error("broken");
    count();
    if (fate === "break_after") throw new Error("the answer was lost");
    return encodeShardAnswer({
      ok: true,
      accepted: 1,
      duplicate: false,
      rejected: {},
      rejectedAt: [],
      flushMs: 250,
      ...(this.isBusy && { holdOpen: true }),
    });
  }

  /** Lets whoever holds a session find it broken. */
  restart(): void {
    this.#life += 1;
  }
}

function callsOf(shards: readonly ModelShard[]): SessionCalls {
  const named = (name: string): ModelShard => shards[Number(name)] ?? new ModelShard();
  const alone = (name: string, count: () => void): Promise<string> => {
    named(name).direct += 1;
    return named(name).call(count);
  };
  const direct: ShardCalls = {
    report: (name, [id = 0]) => alone(name, () => named(name).counted.push(id)),
    permit: (name) => alone(name, () => undefined),
  };
  return new SessionCalls({ open: (name) => named(name).open(), direct });
}

const FATES = fc.array(
  fc.constantFrom<Fate>(
    ...([
      "ok",
      "ok",
      "ok",
      "break",
      "break_after",
      "overloaded",
      "restart",
      "quiet",
      "busy",
    ] as const),
  ),
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
      const calls = callsOf(shards);
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

async function report(calls: SessionCalls, ...ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as a sender does it
    await calls.report("0", Uint8Array.of(id));
  }
}

test("a busy shard is called once alone, and then over one session", async () => {
  const shard = new ModelShard();
  const calls = callsOf([shard]);
  await report(calls, ...Array.from({ length: 50 }, (_, id) => id));
  expect(shard).toMatchObject({ direct: 1, opened: 1, held: 1 });
  expect(shard.counted).toHaveLength(50);
});

test("a shard with little to do is never held open, and let go of when it has become so", async () => {
  const shard = new ModelShard();
  shard.isBusy = false;
  const calls = callsOf([shard]);
  await report(calls, 1, 2, 3);
  expect(shard).toMatchObject({ direct: 3, opened: 0 });
  shard.isBusy = true;
  await report(calls, 4, 5);
  expect(shard).toMatchObject({ direct: 4, opened: 1, held: 1 });
  shard.isBusy = false;
  await report(calls, 6, 7);
  expect(shard).toMatchObject({ direct: 5, opened: 1, held: 0 });
  expect(shard.counted).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("it is spent after as many calls of its own as the smallest plan allows, and some more over sessions", async () => {
  const quiet = new ModelShard();
  quiet.isBusy = false;
  const alone = callsOf([quiet]);
  for (let id = 0; id < 40; id += 1) {
    expect(alone.isSpent).toBe(false);
    await report(alone, id);
  }
  expect(alone.isSpent).toBe(true);
  const busy = callsOf([new ModelShard()]);
  await report(busy, ...Array.from({ length: 4_999 }, (_, id) => id));
  expect(busy.isSpent).toBe(false);
  await report(busy, 1);
  expect(busy.isSpent).toBe(true);
});

test("a report over a session that broke since is sent alone at once", async () => {
  const shard = new ModelShard();
  const calls = callsOf([shard]);
  await report(calls, 1, 2);
  shard.restart();
  await report(calls, 3, 4);
  expect(shard.counted).toEqual([1, 2, 3, 4]);
  expect(shard).toMatchObject({ direct: 2, opened: 2, held: 1 });
});

test("a report that fails alone is not sent again, nor one to an object with too much to do", async () => {
  const shard = new ModelShard();
  const calls = callsOf([shard]);
  shard.fates = ["break"];
  await expect(report(calls, 1)).rejects.toThrow("broken");
  expect(shard.direct).toBe(1);
  await report(calls, 1, 2);
  shard.fates = ["overloaded"];
  await expect(report(calls, 3)).rejects.toThrow("overloaded");
  expect(shard.direct).toBe(2);
});

test("a permit that fails is not asked for again", async () => {
  const shard = new ModelShard();
  const calls = callsOf([shard]);
  await report(calls, 1, 2);
  shard.fates = ["break_after"];
  await expect(calls.permit("0", "{}")).rejects.toThrow("the answer was lost");
  expect(shard).toMatchObject({ direct: 1, held: 0 });
});

test("a report does not follow one that hangs over the same session", async () => {
  const shard = new ModelShard();
  const hanging = new Promise<string>(() => undefined);
  const direct: ShardCalls = {
    report: (_, [id = 0]) => shard.call(() => shard.counted.push(id)),
    permit: () => Promise.resolve("{}"),
  };
  const open = (): OpenShard => ({ ...shard.open(), report: () => hanging });
  const calls = new SessionCalls({ open, direct });
  await report(calls, 1);
  void calls.report("0", Uint8Array.of(2));
  await report(calls, 2);
  expect(shard.counted).toEqual([1, 2]);
});
