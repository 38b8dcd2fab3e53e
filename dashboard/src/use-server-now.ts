import { useEffect, useState } from "preact/hooks";
import { useSession } from "./session.ts";

/**
 * The server's time, epoch milliseconds, for what counts down: renders again each `everyMs`.
 *
 * @param everyMs - null for as long as nothing counts.
 */
export function useServerNow(everyMs: number | null): number {
  const session = useSession();
  const [, render] = useState(0);
  useEffect(() => {
    if (everyMs === null) return undefined;
    const timer = setInterval(() => render((count) => count + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return session.nowMs();
}
