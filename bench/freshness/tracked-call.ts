import type { System } from "../lib/workerd.ts";

const PLATFORM_MS = 20;

/**
 * Has the tracking Worker call a platform and time that.
 * @param tenant which is told; that of the Worker if absent.
 * @returns when the call ended: epoch milliseconds.
 */
export async function trackedCall(
  { tracking }: System,
  target: string,
  tenant?: string,
): Promise<number> {
  const query = new URLSearchParams({ target, delayMs: String(PLATFORM_MS) });
  if (tenant !== undefined) query.set("tenant", tenant);
  const response = await fetch(`${tracking}/call?${query.toString()}`, {
    method: "POST",
    body: "{}",
  });
  const { endedAt } = await response.json<{ endedAt: number }>();
  return endedAt;
}
