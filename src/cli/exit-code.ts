/**
 * How the program ends. 0 to 3 are what `status` says of a system, so whatever else goes wrong has
 * a code beyond them: those of sysexits.h where one fits.
 */
export const EXIT = {
  ok: 0,
  /** `status`: WARNING. */
  warning: 1,
  /** `status`: CRITICAL. */
  critical: 2,
  /** Nothing that could be used was answered: unreachable, too slow, or failing (5xx). */
  unreachable: 3,
  /** The command line is at fault. */
  usage: 64,
  /** The server refused what was asked (4xx), or what was given to it cannot be read. */
  refused: 65,
  /** A defect of this program. */
  defect: 70,
  /** A file cannot be written. */
  cannotWrite: 73,
  /** The token is missing, unknown, or not good for this (401, 403). */
  token: 77,
  /** SIGHUP: the terminal is gone. */
  hungUp: 129,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
} as const;
