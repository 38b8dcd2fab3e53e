import { AsyncLocalStorage } from "node:async_hooks";
import { tell } from "./tell.ts";

type Undo = () => void | Promise<void>;

/** How long one thing may take to end until the next one is ended. */
const UNDO_MS = 5_000;

const current = new AsyncLocalStorage<Scope>();
const going = new Set<Scope>();

/**
 * What one piece of work starts, however deep and however late. Once it is ended nothing can be
 * started in it any more: a measurement that was given up goes on by itself for a while, and would
 * otherwise load the machine beside the next one.
 */
export class Scope {
  readonly #pending: Undo[] = [];
  readonly #undoMs: number;
  #ending: Promise<void> | undefined;

  constructor(undoMs = UNDO_MS) {
    this.#undoMs = undoMs;
    going.add(this);
  }

  get isEnded(): boolean {
    return this.#ending !== undefined;
  }

  /** Runs work that belongs to it, with all that it leads to. */
  run<Result>(work: () => Result): Result {
    return current.run(this, work);
  }

  /** Adds what must be undone; at once if it has ended. */
  add(undo: Undo): void {
    if (this.isEnded) void this.#undo(undo);
    else this.#pending.push(undo);
  }

  /**
   * Undoes everything, the last first. To call it again waits for the same. What cannot be undone,
   * or takes too long, is told on stderr and keeps nothing else from being undone.
   */
  end(): Promise<void> {
    return (this.#ending ??= this.#undoAll());
  }

  async #undoAll(): Promise<void> {
    for (let undo = this.#pending.pop(); undo !== undefined; undo = this.#pending.pop()) {
      await this.#undo(undo);
    }
    going.delete(this);
  }

  async #undo(undo: Undo): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const why = new Error(`not done after ${this.#undoMs} ms`);
      timer = setTimeout(() => reject(why), this.#undoMs);
    });
    try {
      await Promise.race([undo(), late]);
    } catch (cause) {
      tell(`not undone: ${String(cause)}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

const outside = new Scope();
const atExit = new Set<() => void>();
let isArmed = false;

/**
 * Registers what must be undone when the work that it is called in ends, however it ends.
 * @throws Error if that work has ended; then it is undone at once.
 */
export function onEnd(undo: Undo): void {
  scopeHere().add(undo);
  refuseIfEnded();
}

/** @throws Error if the work that it is called in has ended: nothing may be started any more. */
export function refuseIfEnded(): void {
  if (scopeHere().isEnded) throw new Error("this measurement was ended");
}

/** Ends all work, what was started last first, and that outside of any {@link Scope} at the end. */
export async function endAll(): Promise<void> {
  for (const scope of [...going].toReversed()) await scope.end();
}

/**
 * Registers what must be done at once when the process ends, if nothing undid it before: Miniflare
 * ends the process at a signal by itself, and nothing that waits comes to an end then.
 * @returns takes it back.
 */
export function onExit(undo: () => void): () => void {
  if (!isArmed) process.once("exit", undoNow);
  isArmed = true;
  atExit.add(undo);
  return () => atExit.delete(undo);
}

function undoNow(): void {
  for (const undo of [...atExit].toReversed()) {
    try {
      undo();
    } catch (cause) {
      tell(`not undone: ${String(cause)}`);
    }
  }
}

function scopeHere(): Scope {
  return current.getStore() ?? outside;
}
