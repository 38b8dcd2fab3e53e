type Undo = () => void | Promise<void>;

const pending: Undo[] = [];
const atExit = new Set<() => void>();
let isArmed = false;

/** Registers what must be undone when the bench ends, however it ends: in reverse order. */
export function onEnd(undo: Undo): void {
  pending.push(undo);
}

/**
 * Undoes everything registered so far. To call it again does no harm. What cannot be undone is told
 * on stderr and keeps nothing else from being undone.
 */
export async function endAll(): Promise<void> {
  for (let undo = pending.pop(); undo !== undefined; undo = pending.pop()) {
    try {
      await undo();
    } catch (cause) {
      process.stderr.write(`not undone: ${String(cause)}\n`);
    }
  }
}

/**
 * Registers what must be done at once when the process ends, if nothing undid it before: Miniflare
 * ends the process at a signal by itself, and nothing that waits comes to an end then.
 * @returns takes it back.
 */
export function onExit(undo: () => void): () => void {
  if (!isArmed) process.once("exit", () => [...atExit].toReversed().forEach((now) => now()));
  isArmed = true;
  atExit.add(undo);
  return () => atExit.delete(undo);
}
