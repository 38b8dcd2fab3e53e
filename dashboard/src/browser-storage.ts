/** What this browser keeps under a key; null if nothing, or if its settings forbid it. */
export function stored(key: string): string | null {
  return attempt((storage) => storage.getItem(key)) ?? null;
}

/** Keeps a text in this browser. Where it cannot, the page goes on without. */
export function store(key: string, text: string): void {
  attempt((storage) => storage.setItem(key, text));
}

/** Keeps nothing under a key any more. */
export function unstore(key: string): void {
  attempt((storage) => storage.removeItem(key));
}

/** Undefined where the browser forbids it, or has no room left. */
function attempt<Result>(use: (storage: Storage) => Result): Result | undefined {
  try {
    return use(window.localStorage);
  } catch (error) {
    console.info("This browser lets the page keep nothing: it is asked for each time", error);
    return undefined;
  }
}
