/** Whether somebody can see the page. */
export interface Visibility {
  readonly isVisible: () => boolean;
  /** Calls `listener` whenever that changes. Returns what ends that. */
  readonly onChange: (listener: () => void) => () => void;
}

/** Of the tab that this runs in. */
const PAGE: Visibility = {
  isVisible: () => !document.hidden,
  onChange: (listener) => {
    document.addEventListener("visibilitychange", listener);
    return () => document.removeEventListener("visibilitychange", listener);
  },
};

/**
 * Does some work at once, and again `everyMs` after it has ended, as long as the page is visible: a
 * tab that nobody sees asks for nothing, and what was due meanwhile is done when it is shown. Never
 * twice at a time.
 *
 * @param work - must not throw.
 * @param everyMs - only once if absent; a function is asked each time that work has ended.
 * @returns what ends that; work that is under way is told by its signal.
 */
export function poll(
  work: (signal: AbortSignal) => Promise<void>,
  everyMs: number | (() => number) | undefined,
  page: Visibility = PAGE,
): () => void {
  const ended = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDue = true;
  const run = async (): Promise<void> => {
    if (!isDue || !page.isVisible()) return;
    isDue = false;
    await work(ended.signal);
    if (ended.signal.aborted || everyMs === undefined) return;
    timer = setTimeout(
      () => {
        isDue = true;
        void run();
      },
      typeof everyMs === "function" ? everyMs() : everyMs,
    );
  };
  const unheed = page.onChange(() => void run());
  void run();
  return () => {
    ended.abort();
    isDue = false;
    clearTimeout(timer);
    unheed();
  };
}
