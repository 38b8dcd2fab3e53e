import { useEffect, useState } from "preact/hooks";

/** A value that changes, and who wants to know. */
export class Store<Value> {
  #value: Value;
  readonly #listeners = new Set<() => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  /** Replaces the value; listeners are told unless it is the same. */
  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each change. @returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * What `select` takes of a store's value; the component renders again only when that differs.
 *
 * @param select - gives the same object for the same value: what it makes anew each time would
 * render without end.
 */
export function useStore<Value, Part>(store: Store<Value>, select: (value: Value) => Part): Part {
  const part = select(store.value);
  const [, render] = useState(0);
  useEffect(() => {
    let shown = part;
    const isSame = (value: Value): boolean => {
      try {
        const next = select(value);
        if (Object.is(next, shown)) return true;
        shown = next;
      } catch (error) {
        // Rendering throws it again, where an error boundary tells of it; other listeners go on.
        console.info("a part of the page cannot select what it shows", error);
      }
      return false;
    };
    const check = (): void => {
      if (isSame(store.value)) return;
      render((count) => count + 1);
    };
    // It may have changed between rendering and now.
    check();
    return store.subscribe(check);
  });
  return part;
}
