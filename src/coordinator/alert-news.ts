import type { AlertView } from "../alerts/alert-view.ts";

/**
 * How often ticks say how the open alerts stand, in milliseconds. Each change of state is a frame of
 * its own, at once; what is measured moves with every tick, and hundreds may be open.
 */
const EVERY_MS = 5_000;

/** What ticks tell of open alerts between their changes of state: values, silences, inhibitions. */
export class AlertNews {
  #toldAt = -Infinity;
  #told = new Map<string, string>();

  /**
   * The open alerts that are not as the ticks told them last. None if that was a moment ago.
   *
   * @param views makes every open alert's view; it is called only if it is time.
   */
  take(views: () => readonly AlertView[], nowMs: number): readonly AlertView[] {
    // A clock that went back is no reason to wait.
    const isTooSoon = nowMs >= this.#toldAt && nowMs - this.#toldAt < EVERY_MS;
    if (isTooSoon) return [];
    this.#toldAt = nowMs;
    const texts = views().map((view) => [view, JSON.stringify(view)] as const);
    const news = texts.filter(([{ id }, text]) => this.#told.get(id) !== text);
    this.#told = new Map(texts.map(([{ id }, text]) => [id, text]));
    return news.map(([view]) => view);
  }
}
