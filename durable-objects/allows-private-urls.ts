import { config } from "../src/configured.ts";

/**
 * Whether what is sent outside may go to private addresses and by `http:`. On one's own machine the
 * receivers are there as well, whatever is configured for elsewhere.
 */
export function allowsPrivateUrls(env: Env): boolean {
  return config.delivery.allowPrivateUrls || env.ALLOW_PRIVATE_URLS?.trim() === "true";
}
