type Undo = () => void | Promise<void>;

const pending: Undo[] = [];

/** Registers what must be undone when the bench ends, however it ends: in reverse order. */
export function onEnd(undo: Undo): void {
  pending.push(undo);
}

/** Undoes everything registered so far. To call it again does no harm. */
export async function endAll(): Promise<void> {
  for (let undo = pending.pop(); undo !== undefined; undo = pending.pop()) await undo();
}
