import type { Destination } from "./destination.ts";
import { google } from "./destinations/google.ts";
import { meta } from "./destinations/meta.ts";
import { pinterest } from "./destinations/pinterest.ts";
import { reddit } from "./destinations/reddit.ts";
import { tiktok } from "./destinations/tiktok.ts";
import type { PlatformName } from "./tracked-event.ts";

/** Every platform that this Worker forwards to. */
export const DESTINATIONS: Readonly<Record<PlatformName, Destination>> = {
  meta,
  google,
  tiktok,
  pinterest,
  reddit,
};
