/** One thing that is to hold, and how to find out: it throws if it does not. */
export interface Check {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** How a run of checks went. */
export interface Tally {
  passed: number;
  failed: number;
}

/** Longest that one check may take. */
const TIMEOUT_MS = 90_000;

/**
 * Runs checks one after the other, for each builds on what the one before it left.
 *
 * @param onFailed - done after each that failed.
 */
export async function runChecks(
  checks: readonly Check[],
  tally: Tally,
  onFailed?: (title: string) => Promise<void>,
): Promise<void> {
  for (const { title, run } of checks) {
    const startedAt = performance.now();
    const failure = await failureOf(run);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (failure === undefined) {
      tally.passed += 1;
      console.log(`ok      ${title} (${seconds} s)`);
    } else {
      tally.failed += 1;
      console.log(`FAILED  ${title} (${seconds} s)\n${indent(failure)}`);
      await onFailed?.(title);
    }
  }
}

/** Asks again and again until `probe` does not throw; its last error after `timeoutMs`. */
export async function eventually<Result>(
  probe: () => Promise<Result>,
  timeoutMs = 10_000,
): Promise<Result> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Tries again what is held to a time, for the machine may be busy with something else: the best of
 * `tries` tells what the page can do. Its last error if all fail.
 */
export async function bestOf(tries: number, attempt: () => Promise<void>): Promise<void> {
  for (let left = tries; ; left -= 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (left <= 1) throw error;
      console.log(`        again: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

async function failureOf(run: () => Promise<void>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  try {
    await Promise.race([run(), late]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    clearTimeout(timer);
  }
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "        ");
}
