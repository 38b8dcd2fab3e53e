/**
 * What a promise gives, or undefined if that takes longer.
 * @param timeoutMs undefined for however long it takes.
 * @throws what the promise rejects with in time.
 */
export async function within<Value>(
  promise: Promise<Value>,
  timeoutMs: number | undefined,
): Promise<Value | undefined> {
  if (timeoutMs === undefined) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
