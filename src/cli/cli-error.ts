/** How a {@link CliError} ends the program, and what more there is to say. */
interface CliErrorOptions {
  /** One of {@link EXIT}. */
  readonly exitCode: number;
  /** What to do about it: whole sentences or a command to paste. */
  readonly hint?: string | undefined;
  /** Single faults, each on a line of its own. */
  readonly faults?: readonly string[] | undefined;
  /** The HTTP status, where one was answered. */
  readonly status?: number | undefined;
  /** Whether the same may succeed in a moment. */
  readonly isPassing?: boolean | undefined;
  /** How long the server asked to wait before it is tried again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A failure that the user is told of in words: what happened, and what to do. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: number;
  readonly hint: string | undefined;
  readonly faults: readonly string[];
  readonly status: number | undefined;
  readonly isPassing: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: CliErrorOptions) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode;
    this.hint = options.hint;
    this.faults = options.faults ?? [];
    this.status = options.status;
    this.isPassing = options.isPassing ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}
