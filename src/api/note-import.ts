import type { Authenticated } from "./authentication.ts";
import { noteAudit } from "./note-audit.ts";

/** Most runs that an isolate remembers to have noted; the oldest is forgotten first. */
const MAX_REMEMBERED = 1_000;

/** `TENANT/RUN` of runs that are in the audit trail. */
const noted = new Set<string>();

/**
 * Keeps in the audit trail that somebody imports history: once for each run that this isolate sees,
 * not once for each of its thousands of requests. Never rejects.
 * @param run what the whole of these requests is called.
 * @param first the series and day that it begins with.
 */
export async function noteImport(
  env: Env,
  who: Authenticated,
  run: string,
  first: { readonly target: string; readonly operation: string; readonly day: string },
): Promise<void> {
  const key = `${who.tenant}/${run}`;
  if (noted.has(key)) return;
  noted.add(key);
  for (const oldest of noted) {
    if (noted.size <= MAX_REMEMBERED) break;
    noted.delete(oldest);
  }
  await noteAudit(env, who, { action: "history.import", subject: run, detail: { first } });
}
