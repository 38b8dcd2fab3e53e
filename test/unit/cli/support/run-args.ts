import { run } from "../../../../src/cli/run.ts";
import { fakeIo, type FakeIoOptions } from "./fake-io.ts";

export interface RunOptions extends FakeIoOptions {
  /** What is piped into it. Default: nothing. */
  readonly stdin?: string;
}

/** How a command line ended, and what it said. */
export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line to its end, in this process; it says itself where it looks. */
export async function runArgs(
  args: readonly string[],
  { stdin, ...options }: RunOptions = {},
): Promise<CliResult> {
  const fake = fakeIo(options);
  if (stdin !== undefined) {
    fake.press(stdin);
    fake.endInput();
  }
  const exitCode = await run(args, fake.io);
  return { exitCode, stdout: fake.stdout(), stderr: fake.stderr() };
}
