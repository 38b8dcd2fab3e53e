import type { AuditEntry } from "../alerts/archive.ts";
import { withDeadline } from "../deadline.ts";
import type { Authenticated } from "./authentication.ts";

/** How long the coordinator may take: what was done is done, and whoever did it waits. */
const DEADLINE_MS = 2_000;

/** Who did something, where nobody said a name. */
export function tokenName({ tokenId }: Authenticated): string {
  return `token:${tokenId}`;
}

/**
 * Keeps in the audit trail what somebody did. It never rejects: what was done must not seem to have
 * failed because of it, so a failure goes to the log, with everything that was to be kept.
 */
export async function noteAudit(
  env: Env,
  who: Authenticated,
  about: Pick<AuditEntry, "action" | "subject" | "detail">,
): Promise<void> {
  const entry = { ...about, by: tokenName(who) };
  try {
    const call = env.COORDINATOR.getByName(who.tenant).audit(entry);
    await withDeadline(call, DEADLINE_MS, "the coordinator's answer");
  } catch (cause) {
    const what = JSON.stringify({ ...entry, at: Date.now() });
    console.error(`${who.tenant}: this is missing in the audit trail: ${what}`, cause);
  }
}
