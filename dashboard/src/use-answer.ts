import { useEffect, useState } from "preact/hooks";
import { keepOutcome, type Kept, keptFor, NOTHING_KEPT, outcomeOf } from "./asked.ts";
import { poll } from "./poll.ts";

/** What became of asking. While it is asked again, the answer of before is still there. */
export interface Asked<Answer> {
  readonly answer: Answer | undefined;
  /** Why there is no answer, or no newer one; empty if nothing is wrong. */
  readonly fault: string;
  readonly isLoading: boolean;
  /** Asks again. */
  readonly reload: () => void;
}

/**
 * Asks when the key changes, and forgets what another key's answer was. One at a time, and only
 * while the page is visible; see {@link poll}.
 *
 * @param key - names what is asked; null to ask nothing.
 * @param ask - is given what ends it when the answer is not wanted any more.
 * @param everyMs - how long after an answer it is asked again; never if absent.
 */
export function useAnswer<Answer>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<Answer>,
  everyMs?: number,
): Asked<Answer> {
  const [kept, keep] = useState<Kept<Answer>>(NOTHING_KEPT);
  const [turn, setTurn] = useState(0);
  const [loadingKey, setLoadingKey] = useState<string | null>(null);
  useEffect(() => {
    if (key === null) return undefined;
    return poll(async (signal) => {
      setLoadingKey(key);
      const outcome = await outcomeOf(ask, signal);
      if (signal.aborted) return;
      setLoadingKey(null);
      keep((before) => keepOutcome(before, key, outcome));
    }, everyMs);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `ask` is made anew by each rendering; the key says when it asks for something else
  }, [key, turn, everyMs]);
  const { answer, fault } = keptFor(kept, key);
  return {
    answer,
    fault,
    isLoading: key !== null && loadingKey === key,
    reload: () => setTurn((before) => before + 1),
  };
}
