import { store, stored, unstore } from "./browser-storage.ts";

const KEY = "tachograph.token";

/** The token that this browser keeps, or null. */
export function storedToken(): string | null {
  return stored(KEY);
}

/** Keeps a token in this browser, until {@link forgetToken}. */
export function storeToken(token: string): void {
  store(KEY, token);
}

/** Keeps a token no longer. Another one, with which another tab signed in since, stays. */
export function forgetToken(token: string): void {
  if (stored(KEY) === token) unstore(KEY);
}

/**
 * Calls `listener` when another tab of this browser forgets a token: it was signed out there.
 *
 * @returns what ends that.
 */
export function onForgotten(token: string, listener: () => void): () => void {
  const hear = ({ key, oldValue, newValue }: StorageEvent): void => {
    // All of it was cleared if there is no key.
    if (key === null || (key === KEY && oldValue === token && newValue === null)) listener();
  };
  addEventListener("storage", hear);
  return () => removeEventListener("storage", hear);
}
