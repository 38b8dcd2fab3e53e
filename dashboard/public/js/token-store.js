const KEY = "tachograph.token";

/**
 * What a token is made of: the server takes no other, and a WebSocket could not offer another.
 */
export const TOKEN_PATTERN = /^[A-Za-z0-9._~+-]{1,256}$/;

/** The token that this browser keeps, or null. */
export function storedToken() {
  return storage()?.getItem(KEY) ?? null;
}

/**
 * Keeps a token in this browser, until {@link forgetToken}.
 *
 * @param {string} token
 */
export function storeToken(token) {
  storage()?.setItem(KEY, token);
}

/** Keeps none any more. */
export function forgetToken() {
  storage()?.removeItem(KEY);
}

/** Undefined where the browser's settings forbid it: then the token lasts as long as the page. */
function storage() {
  try {
    return window.localStorage;
  } catch (error) {
    console.info(
      "This browser lets the page keep nothing; the token is asked for each time",
      error,
    );
    return undefined;
  }
}
