const machineNow = Date.now.bind(Date);
let aheadOfMachineMs = 0;

/** How far this Worker's clock is ahead of the machine's, in milliseconds. */
export function aheadMs(): number {
  return aheadOfMachineMs;
}

/**
 * Sets this Worker's clock to so many milliseconds ahead of the machine's, so that nobody has to
 * wait for the end of a minute. Timers do not notice; alarms are for `countStorage` to set right.
 */
export function setAheadMs(ms: number): void {
  aheadOfMachineMs = ms;
  Date.now = () => machineNow() + aheadOfMachineMs;
}

/** The answer to `GET /bench/clock?aheadMs`. */
export function answerClock(url: URL): Response {
  setAheadMs(Number(url.searchParams.get("aheadMs")));
  return Response.json({ aheadMs: aheadOfMachineMs });
}
