/** Longest time that is waited because the server asked for it, milliseconds. */
export const MAX_ASKED_MS = 30_000;
