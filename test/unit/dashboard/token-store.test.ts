import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  forgetToken,
  onForgotten,
  storedToken,
  storeToken,
} from "../../../dashboard/src/token-store.ts";

const KEY = "tachograph.token";

/** What a browser keeps, or refuses to. */
function fakeStorage(refused?: DOMException): Map<string, string> {
  const kept = new Map<string, string>();
  const refuse = (): void => {
    if (refused !== undefined) throw refused;
  };
  vi.stubGlobal("window", {
    localStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => {
        refuse();
        kept.set(key, text);
      },
      removeItem: (key: string) => kept.delete(key),
    },
  });
  return kept;
}

beforeEach(() => void vi.spyOn(console, "info").mockReturnValue());
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("the token that is kept", () => {
  it("is there until it is forgotten", () => {
    const kept = fakeStorage();
    expect(storedToken()).toBeNull();
    storeToken("one");
    expect([storedToken(), kept.size]).toEqual(["one", 1]);
    forgetToken("one");
    expect([storedToken(), kept.size]).toEqual([null, 0]);
  });

  it("is not forgotten by who was signed in with another", () => {
    fakeStorage();
    storeToken("of another tab");
    forgetToken("mine");
    expect(storedToken()).toBe("of another tab");
  });

  it("is not kept where there is no room, which hinders nothing", () => {
    fakeStorage(new DOMException("full", "QuotaExceededError"));
    storeToken("one");
    expect(storedToken()).toBeNull();
  });

  it("is not kept where the browser forbids it, which hinders nothing", () => {
    vi.stubGlobal("window", {
      get localStorage(): Storage {
        throw new DOMException("no", "SecurityError");
      },
    });
    storeToken("one");
    forgetToken("one");
    expect(storedToken()).toBeNull();
  });
});

describe("signing out in another tab", () => {
  /** How often that was heard when this happened in another tab. */
  function heard(...events: readonly object[]): number {
    const tab = new EventTarget();
    vi.stubGlobal("addEventListener", tab.addEventListener.bind(tab));
    vi.stubGlobal("removeEventListener", tab.removeEventListener.bind(tab));
    let count = 0;
    const end = onForgotten("mine", () => (count += 1));
    const all = events.map((event) => Object.assign(new Event("storage"), event));
    for (const event of all) tab.dispatchEvent(event);
    end();
    for (const event of all) tab.dispatchEvent(event);
    return count;
  }

  it("is heard, until that is ended", () => {
    expect(heard({ key: KEY, oldValue: "mine", newValue: null })).toBe(1);
    expect(heard({ key: null, oldValue: null, newValue: null })).toBe(1);
  });

  it("is neither signing in with another token, nor forgetting another one", () => {
    expect(
      heard(
        { key: KEY, oldValue: "mine", newValue: "other" },
        { key: KEY, oldValue: "other", newValue: null },
        { key: KEY, oldValue: null, newValue: "mine" },
        { key: "tachograph.name", oldValue: "mine", newValue: null },
      ),
    ).toBe(0);
  });
});
