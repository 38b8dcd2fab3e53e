import type { FetchTransportOptions } from "./fetch-outgoing.ts";
import { checkWebhookUrl } from "./url-guard.ts";

/**
 * Calls the heartbeat URL with GET.
 * @throws Error unless it is answered with 2xx. It does not name the URL, which is a secret.
 */
export async function ping(
  url: string,
  signal: AbortSignal,
  { fetch, allowPrivateUrls }: Pick<FetchTransportOptions, "fetch" | "allowPrivateUrls">,
): Promise<void> {
  const checked = checkWebhookUrl(url, { allowPrivate: allowPrivateUrls });
  if (!checked.ok) throw new Error(checked.reason);
  const response = await fetch(checked.url.href, { redirect: "manual", signal });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the heartbeat URL answered ${response.status}`);
}
