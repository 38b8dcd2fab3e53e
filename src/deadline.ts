/** Something took longer than it may. */
export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/**
 * Waits for `work`, but no longer than `deadlineMs`. What comes later is let go: its failure does
 * not surface anywhere.
 * @throws DeadlineError naming `what`.
 */
export async function withDeadline<Result>(
  work: PromiseLike<Result>,
  deadlineMs: number,
  what: string,
): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlineError(`${what} did not come within ${deadlineMs} ms`));
    }, deadlineMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
