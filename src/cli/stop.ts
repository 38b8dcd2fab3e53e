/**
 * Why a command ends before it is done: the reason of {@link CliIo.signal}. Nothing is said about
 * it.
 */
export class Stop extends Error {
  override readonly name = "Stop";
  readonly exitCode: number;

  /** @param exitCode what the program ends with: 130 for Ctrl-C, 0 if nobody reads any more. */
  constructor(exitCode: number) {
    super("stopped");
    this.exitCode = exitCode;
  }
}
