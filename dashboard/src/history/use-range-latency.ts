import { useEffect, useState } from "preact/hooks";
import { outcomeOf } from "../asked.ts";
import { poll } from "../poll.ts";
import { historyRange, type RangeName } from "../range.ts";
import { type Session, useSession } from "../session.ts";
import type { HistoryAnswer } from "../../../src/api/history-answer.ts";
import { type RangeLatency, RangeLatencyReader } from "./range-latency.ts";

/** How long after its end a step is stored. */
const STORED_AFTER_MS = 5_000;

const RETRY_MS = 15_000;

interface Reading {
  /** Of which question it is. */
  readonly key: string;
  readonly latency: RangeLatency | undefined;
  readonly fault: string;
  /** How much has been read, from 0 to 1. */
  readonly progress: number;
}

/** The latency of a range, read again whenever its newest step has ended. */
export function useRangeLatency(
  range: RangeName,
  target: string,
  operation: string,
): Omit<Reading, "key"> {
  const session = useSession();
  const key = `${range} ${target} ${operation}`;
  const [reading, set] = useState<Reading>({ key, latency: undefined, fault: "", progress: 0 });
  useEffect(() => {
    set({ key, latency: undefined, fault: "", progress: 0 });
    const change = (part: Partial<Reading>): void => set((before) => ({ ...before, ...part }));
    return follow({ session, range, target, operation, change });
  }, [session, key, range, target, operation]);
  return reading.key === key ? reading : { latency: undefined, fault: "", progress: 0 };
}

/** Reads again and again, as long as the page is visible. @returns what ends that. */
function follow({
  session,
  range,
  target,
  operation,
  change,
}: {
  readonly session: Session;
  readonly range: RangeName;
  readonly target: string;
  readonly operation: string;
  readonly change: (part: Partial<Reading>) => void;
}): () => void {
  const reader = new RangeLatencyReader({
    ask: ({ from, to, step }, signal) =>
      session.api.ask<HistoryAnswer>("/v1/history", {
        query: { target, operation, from, to, step, histogram: 1 },
        signal,
      }),
    pause: () => new Promise((resolve) => setTimeout(resolve)),
    onProgress: (progress) => change({ progress }),
  });
  let waitMs = RETRY_MS;
  const read = async (signal: AbortSignal): Promise<void> => {
    const asked = historyRange(range, session.nowMs());
    const { answer, fault } = await outcomeOf(() => reader.read(asked, signal), signal);
    if (signal.aborted) return;
    if (answer === undefined) change({ fault });
    else change({ latency: answer, fault: answer.fault });
    const endsInMs = Math.max(asked.to - session.nowMs(), 0);
    waitMs = answer === undefined ? RETRY_MS : endsInMs + STORED_AFTER_MS;
  };
  return poll(read, () => waitMs);
}
