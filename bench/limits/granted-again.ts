import { permitsPerMs, SMALL_RULE } from "./bucket-rule.ts";
import type { Take } from "./contender.ts";

/** More than any limiter grants by what it promises: one that always grants must not go on forever. */
const MOST = 10 * SMALL_RULE.capacity;

/**
 * Takes all permits of {@link SMALL_RULE}, lets it be killed, and takes all that there are then.
 * @param crash - kills it with SIGKILL and starts it again.
 * @returns permits that were granted although they had been granted before.
 */
export async function grantedAgain(take: Take, crash: () => Promise<void>): Promise<number> {
  const startedAt = Date.now();
  const before = await drain(take);
  await crash();
  const after = await drain(take);
  const refilled = permitsPerMs(SMALL_RULE) * (Date.now() - startedAt);
  const allowed = Math.floor(SMALL_RULE.capacity + refilled);
  return Math.max(0, before + after - allowed);
}

/** One after the other, so that nobody's race counts as forgetting. @returns how many there were. */
async function drain(take: Take): Promise<number> {
  let granted = 0;
  while (granted < MOST && (await take()).granted) granted += 1;
  return granted;
}
