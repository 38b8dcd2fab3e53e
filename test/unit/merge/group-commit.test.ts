import fc from "fast-check";
import { expect, test } from "vitest";
import { GroupCommit } from "../../../src/merge/group-commit.ts";
import { seedOf } from "../../support/seeded.ts";
import { VirtualTime } from "../../support/virtual-time.ts";

const MAX_WEIGHT = 100;
const MAX_REPORTS = 256;

interface Report {
  readonly id: number;
  readonly sender: string | undefined;
  readonly weight: number;
}

interface Sent extends Report {
  readonly at: number;
  answer: number | undefined;
  failure: unknown;
  settledAt: number | undefined;
  timesSettled: number;
}

/** A group commit in virtual time, that notes what it commits. */
class World {
  readonly time = new VirtualTime();
  readonly groups: { readonly ids: readonly number[]; readonly at: number; failed: boolean }[] = [];
  readonly sent: Sent[] = [];
  lingerMs = 250;
  commitMs = 0;
  failures = 0;
  /** Of each flush: how many reports were submitted before it, and were not answered after it. */
  readonly flushes: { readonly sent: number; missed: number | undefined }[] = [];
  #committing = 0;
  readonly #group = new GroupCommit<Report, number>({
    commit: (reports) => this.#commit(reports),
    senderOf: ({ sender }) => sender,
    weightOf: ({ weight }) => weight,
    maxWeight: MAX_WEIGHT,
    lingerMs: () => this.lingerMs,
    now: this.time.now,
    startTimer: this.time.startTimer,
  });

  send(sender: string | undefined, weight = 1): Sent {
    const sent: Sent = {
      id: this.sent.length,
      sender,
      weight,
      at: this.time.nowMs,
      answer: undefined,
      failure: undefined,
      settledAt: undefined,
      timesSettled: 0,
    };
    this.sent.push(sent);
    const settled = (): void => {
      sent.settledAt = this.time.nowMs;
      sent.timesSettled += 1;
    };
    void this.#group.submit(sent).then(
      (answer) => {
        sent.answer = answer;
        settled();
      },
      (failure: unknown) => {
        sent.failure = failure;
        settled();
      },
    );
    return sent;
  }

  flush(): void {
    const before = [...this.sent];
    const flush: { readonly sent: number; missed: number | undefined } = {
      sent: before.length,
      missed: undefined,
    };
    this.flushes.push(flush);
    void this.#group.flush().then(() => {
      const committed = new Set(this.groups.flatMap(({ ids }) => ids));
      flush.missed = before.filter(({ id }) => !committed.has(id)).length;
    });
  }

  async #commit(reports: readonly Report[]): Promise<readonly number[]> {
    this.#committing += 1;
    expect(this.#committing, "one commit at a time").toBe(1);
    const failed = this.failures > 0;
    if (failed) this.failures -= 1;
    this.groups.push({ ids: reports.map(({ id }) => id), at: this.time.nowMs, failed });
    if (this.commitMs > 0) await this.time.sleep(this.commitMs);
    this.#committing -= 1;
    if (failed) throw new Error("the disk is full");
    return reports.map(({ id }) => id * 10);
  }
}

type Step =
  | { readonly do: "send"; readonly sender: string | undefined; readonly weight: number }
  | { readonly do: "pass"; readonly durationMs: number }
  | { readonly do: "flush" }
  | { readonly do: "linger"; readonly lingerMs: number }
  | { readonly do: "commit"; readonly commitMs: number; readonly failures: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      sender: fc.constantFrom(undefined, "a", "b", "c", "d"),
      weight: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 150 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      durationMs: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 2_000 })),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: "flush" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("linger" as const),
      lingerMs: fc.constantFrom(0, 25, 250),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      commitMs: fc.constantFrom(0, 5, 100),
      failures: fc.nat(2),
    }),
  },
);

async function run(world: World, steps: readonly Step[]): Promise<void> {
  for (const action of steps) {
    if (action.do === "send") world.send(action.sender, action.weight);
    else if (action.do === "pass") await world.time.pass(action.durationMs);
    else if (action.do === "flush") world.flush();
    else if (action.do === "linger") world.lingerMs = action.lingerMs;
    else {
      world.commitMs = action.commitMs;
      world.failures = action.failures;
    }
  }
  await world.time.pass(60_000);
}

test("every report is answered once, in order, in groups within the limits", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const world = new World();
      await run(world, steps);
      expect(world.groups.flatMap(({ ids }) => ids)).toEqual(world.sent.map(({ id }) => id));
      for (const { ids, failed } of world.groups) {
        expect(ids.length).toBeLessThanOrEqual(MAX_REPORTS);
        // What has no room in any group has one of its own.
        const weights = ids.map((id) => world.sent[id]?.weight ?? 0);
        const sum = weights.reduce((all, weight) => all + weight, 0);
        if (ids.length > 1) expect(sum).toBeLessThanOrEqual(MAX_WEIGHT);
        for (const id of ids) {
          const report = world.sent[id];
          expect(report?.timesSettled).toBe(1);
          expect(report?.answer).toBe(failed ? undefined : id * 10);
          expect(String(report?.failure)).toBe(failed ? "Error: the disk is full" : "undefined");
        }
      }
    }),
    { seed: seedOf("group commit", process.env["SEED"]), numRuns: 300 },
  );
});

test("a flush waits for every report that was submitted before it, and commits each once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const world = new World();
      await run(world, steps);
      for (const { missed } of world.flushes) expect(missed).toBe(0);
      expect(world.groups.every(({ ids }) => ids.length > 0)).toBe(true);
      expect(world.groups.flatMap(({ ids }) => ids)).toEqual(world.sent.map(({ id }) => id));
    }),
    { seed: seedOf("group commit, flushes", process.env["SEED"]), numRuns: 300 },
  );
});

test("a flush closes the group at once, and the next one lingers anew", async () => {
  const world = new World();
  world.send("edge-a");
  world.send("edge-b");
  await world.time.pass(250);
  const report = world.send("edge-a");
  await world.time.pass(100);
  world.flush();
  await world.time.settle();
  expect(report.settledAt).toBe(world.time.nowMs);
  const next = world.send("edge-a");
  // The timer of the group that was closed is gone.
  await world.time.pass(249);
  expect(next.settledAt).toBeUndefined();
  await world.time.pass(1);
  expect(next.settledAt).toBe(next.at + 250);
});

test("a flush without reports commits nothing", async () => {
  const world = new World();
  world.flush();
  await world.time.settle();
  expect(world.groups).toEqual([]);
  expect(world.flushes).toEqual([{ sent: 0, missed: 0 }]);
});

test("a flush does not wait for what is submitted after it, and a commit that fails does not fail it", async () => {
  const world = new World();
  world.send("edge-a");
  world.send("edge-b");
  await world.time.pass(250);
  world.commitMs = 100;
  world.failures = 1;
  const failing = world.send("edge-a");
  world.flush();
  const after = world.send("edge-b");
  await world.time.pass(100);
  expect(world.flushes).toEqual([{ sent: 3, missed: 0 }]);
  expect(String(failing.failure)).toBe("Error: the disk is full");
  expect(after.settledAt).toBeUndefined();
});

test("nobody waits longer than the linger and the commits before", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const world = new World();
      const quick = steps.filter((action) => action.do !== "commit");
      await run(world, quick);
      for (const { at, settledAt } of world.sent) {
        expect((settledAt ?? Infinity) - at).toBeLessThanOrEqual(250);
      }
    }),
    { seed: seedOf("group commit, waiting", process.env["SEED"]), numRuns: 200 },
  );
});

test("a lone sender never waits", async () => {
  const world = new World();
  for (let i = 0; i < 20; i++) {
    const report = world.send("edge-a");
    await world.time.settle();
    expect(report.settledAt).toBe(report.at);
    await world.time.pass(i * 100);
  }
});

test("a lone sender does not wait for anonymous reports that came before", async () => {
  const world = new World();
  for (let i = 0; i < 20; i++) {
    for (let n = 0; n <= i % 4; n++) world.send(undefined);
    await world.time.pass(400);
    const report = world.send("edge-a");
    await world.time.settle();
    expect(report.settledAt).toBe(report.at);
    await world.time.pass(400);
  }
});

test("anonymous reports share a commit with a sender that is active, and else do not wait", async () => {
  const world = new World();
  const alone = world.send(undefined);
  await world.time.settle();
  expect(alone.settledAt).toBe(alone.at);
  world.send("edge-a");
  await world.time.pass(100);
  const reports = [undefined, undefined, "edge-a"].map((sender) => world.send(sender));
  await world.time.settle();
  expect(world.groups.at(-1)?.ids).toEqual(reports.map(({ id }) => id));
});

test("a sender that is alone again waits once at most, until the others are forgotten", async () => {
  const world = new World();
  world.send("edge-a");
  world.send("edge-b");
  await world.time.pass(1_101);
  const report = world.send("edge-a");
  await world.time.settle();
  expect(report.settledAt).toBe(report.at);
});

test("a group closes as soon as everybody who reported lately is in it", async () => {
  const world = new World();
  const names = Array.from({ length: 32 }, (_, i) => `edge-${i}`);
  for (const name of names) world.send(name);
  await world.time.pass(250);
  const before = world.groups.length;
  const at = world.time.nowMs;
  const reports = names.map((name) => world.send(name));
  await world.time.settle();
  expect(world.groups.length - before).toBe(1);
  expect(world.groups.at(-1)?.ids).toHaveLength(32);
  expect(reports.map(({ settledAt }) => settledAt)).toEqual(names.map(() => at));
});

test("a group that is full does not wait", async () => {
  const world = new World();
  world.send("edge-a");
  world.send("edge-b");
  await world.time.pass(250);
  const [one, other] = [world.send("edge-a", 1), world.send("edge-a", MAX_WEIGHT)];
  await world.time.settle();
  expect([one.settledAt, other.settledAt]).toEqual([one.at, one.at]);
});

test("a group closes before a report that it has no room for", async () => {
  const world = new World();
  world.send("edge-a");
  world.send("edge-b");
  await world.time.pass(250);
  const before = world.groups.length;
  for (const weight of [MAX_WEIGHT - 1, 2, MAX_WEIGHT + 50, 1]) world.send("edge-a", weight);
  await world.time.pass(250);
  expect(world.groups.slice(before).map(({ ids }) => ids.length)).toEqual([1, 1, 1, 1]);
  expect(world.sent.every(({ answer, id }) => answer === id * 10)).toBe(true);
});

test("a commit that fails fails its whole group and no other", async () => {
  const world = new World();
  world.send("edge-a");
  world.send("edge-b");
  await world.time.pass(250);
  world.failures = 1;
  const failing = [world.send("edge-a"), world.send("edge-b")];
  const next = [world.send("edge-a"), world.send("edge-b")];
  await world.time.pass(250);
  expect(failing.map(({ failure }) => String(failure))).toEqual([
    "Error: the disk is full",
    "Error: the disk is full",
  ]);
  expect(next.map(({ answer, id }) => answer === id * 10)).toEqual([true, true]);
});

test("a commit that answers too few reports fails those that it forgot", async () => {
  const time = new VirtualTime();
  const group = new GroupCommit<string, string>({
    commit: () => ["only one"],
    senderOf: (sender) => sender,
    weightOf: () => 1,
    maxWeight: MAX_WEIGHT,
    lingerMs: () => 250,
    now: time.now,
    startTimer: time.startTimer,
  });
  await expect(group.submit("edge-a")).resolves.toBe("only one");
  const both = [group.submit("edge-b"), group.submit("edge-a")];
  await expect(both[0]).resolves.toBe("only one");
  await expect(both[1]).rejects.toThrow("the commit gave no answer");
});

test("who comes when far too many wait is told so at once, and the others are served", async () => {
  const time = new VirtualTime();
  const group = new GroupCommit<number, number>({
    commit: async (reports) => {
      await time.sleep(1_000);
      return reports;
    },
    senderOf: (report) => `edge-${report}`,
    weightOf: () => 1,
    maxWeight: 65_536,
    lingerMs: () => 250,
    now: time.now,
    startTimer: time.startTimer,
  });
  const limit = 64 * 256;
  const served = Array.from({ length: limit }, (_, i) => group.submit(i));
  await expect(group.submit(limit)).rejects.toThrow("16384 reports wait");
  const all = Promise.all(served);
  await time.pass(100_000);
  expect((await all).length).toBe(limit);
  const late = group.submit(limit);
  await time.pass(2_000);
  await expect(late).resolves.toBe(limit);
});
