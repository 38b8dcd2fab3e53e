import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { exportHlog } from "../../../../src/cli/export/export-hlog.ts";
import { openSession } from "../../../../src/cli/session.ts";
import { histogramLogHeader } from "../../../../src/histogram/histogram-log-writer.ts";
import { fakeIo } from "../support/fake-io.ts";

/* Minutes pass in these tests, so they take place in made-up time, without a network. */

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const PLAN = { range: { from: 0, to: 60_000 }, targets: [], operations: [], isAll: true };

/** Each is sent when the one before has been read. */
const PIECES = [
  `${histogramLogHeader(0)}Tag=meta/call,1.000,60.000,1.000,HIST\n`,
  "Tag=meta/call,61.000,60.000,1.000,HIST\n",
];

/** Answers after a while; the body ends only if it is whole. Either ends when the request does. */
function answerAfter(delayMs: number, isWhole: boolean): void {
  vi.stubGlobal("fetch", (_: URL, { signal }: { signal: AbortSignal }) => {
    const left = [...PIECES];
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          signal.addEventListener("abort", () => controller.error(signal.reason));
        },
        pull(controller) {
          const piece = left.shift();
          if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
          else if (isWhole) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      setTimeout(() => resolve(new Response(body)), delayMs);
    });
  });
}

function exported(timeout: number | undefined, write: () => Promise<void>): Promise<unknown> {
  const session = openSession(fakeIo().io, {
    token: "t",
    ...(timeout !== undefined && { timeout }),
  });
  const format = { step: "1m", hasDetails: true } as const;
  return exportHlog(session, PLAN, format, { write }, () => undefined).catch(
    (error: unknown) => error,
  );
}

it("waits for whoever reads it as long as that takes", async () => {
  answerAfter(0, true);
  const running = exported(undefined, () => new Promise((done) => setTimeout(done, 600_000)));
  await vi.advanceTimersByTimeAsync(1_200_001);
  expect(await running).toMatchObject({ rows: 2 });
});

it("waits for the beginning of an answer as long as --timeout says", async () => {
  answerAfter(120_000, true);
  const running = exported(180_000, () => Promise.resolve());
  await vi.advanceTimersByTimeAsync(120_001);
  expect(await running).toMatchObject({ rows: 2 });
});

it("gives up an answer that stops in the middle", async () => {
  answerAfter(0, false);
  const running = exported(undefined, () => Promise.resolve());
  const ended = { isOver: false };
  void running.finally(() => (ended.isOver = true));
  // It asks again, a few times.
  while (!ended.isOver) {
    await vi.advanceTimersByTimeAsync(60_001);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await running).toMatchObject({
    exitCode: 3,
    message: expect.stringContaining("nothing more came within 60 s"),
  });
});
