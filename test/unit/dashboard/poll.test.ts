import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { poll, type Visibility } from "../../../dashboard/src/poll.ts";

class Tab implements Visibility {
  #isVisible = true;
  readonly listeners = new Set<() => void>();

  isVisible = (): boolean => this.#isVisible;

  onChange = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  show(isVisible: boolean): void {
    this.#isVisible = isVisible;
    for (const listener of this.listeners) listener();
  }
}

/** Work that ends when it is told to. */
class Work {
  count = 0;
  running = 0;
  most = 0;
  signals: AbortSignal[] = [];
  #end: () => void = () => undefined;

  run = (signal: AbortSignal): Promise<void> => {
    this.count += 1;
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    this.signals.push(signal);
    return new Promise((resolve) => {
      this.#end = () => {
        this.running -= 1;
        resolve();
      };
    });
  };

  async end(): Promise<void> {
    this.#end();
    await vi.advanceTimersByTimeAsync(0);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("poll", () => {
  it("does its work at once, and again so long after it ended, never twice at a time", async () => {
    const work = new Work();
    const end = poll(work.run, 1_000, new Tab());
    expect(work.count).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(work.count).toBe(1);
    await work.end();
    await vi.advanceTimersByTimeAsync(999);
    expect(work.count).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(work.count).toBe(2);
    expect(work.most).toBe(1);
    end();
  });

  it("does it once if it is not to be repeated", async () => {
    const tab = new Tab();
    const work = new Work();
    const end = poll(work.run, undefined, tab);
    await work.end();
    tab.show(false);
    tab.show(true);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(work.count).toBe(1);
    end();
  });

  it("does nothing while nobody sees it, and what is due as soon as somebody does", async () => {
    const tab = new Tab();
    tab.show(false);
    const work = new Work();
    const end = poll(work.run, 1_000, tab);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(work.count).toBe(0);
    tab.show(true);
    expect(work.count).toBe(1);
    await work.end();
    tab.show(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(work.count).toBe(1);
    tab.show(true);
    expect(work.count).toBe(2);
    end();
  });

  it("is not hurried by being shown before it is due", async () => {
    const tab = new Tab();
    const work = new Work();
    const end = poll(work.run, 1_000, tab);
    tab.show(true);
    await work.end();
    for (let times = 0; times < 5; times += 1) {
      tab.show(false);
      tab.show(true);
    }
    expect(work.count).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(work.count).toBe(2);
    end();
  });

  it("leaves nothing behind when it is ended", async () => {
    const tab = new Tab();
    const work = new Work();
    const end = poll(work.run, 1_000, tab);
    end();
    expect(work.signals[0]?.aborted).toBe(true);
    await work.end();
    await vi.advanceTimersByTimeAsync(10_000);
    tab.show(true);
    expect([work.count, tab.listeners.size, vi.getTimerCount()]).toEqual([1, 0, 0]);
    const waiting = new Work();
    const endWaiting = poll(waiting.run, 1_000, tab);
    await waiting.end();
    endWaiting();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([waiting.count, vi.getTimerCount()]).toEqual([1, 0]);
  });
});
