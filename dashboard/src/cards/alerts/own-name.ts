import { store, stored } from "../../browser-storage.ts";

const KEY = "tachograph.name";

/** As whom this browser's user acknowledged or silenced last; empty if nobody did. */
export function ownName(): string {
  return stored(KEY) ?? "";
}

/** Keeps the user's name for the next form. */
export function keepOwnName(name: string): void {
  store(KEY, name);
}
