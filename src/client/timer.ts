/**
 * Calls `callback` once after `delayMs` milliseconds, unless the returned function is called first.
 * A timer belongs to the request that started it and dies with it.
 */
export type Timer = (callback: () => void, delayMs: number) => () => void;

/** The runtime's own timer. */
export function startTimer(callback: () => void, delayMs: number): () => void {
  const id = setTimeout(callback, delayMs);
  return () => clearTimeout(id);
}
