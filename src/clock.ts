/** Tells the time in epoch milliseconds. The core is given one; only the shell reads the real clock. */
export type Clock = () => number;
