import type { PlatformControl } from "./platform-control.ts";

/** The bindings of `wrangler.toml`. */
export interface Env {
  readonly PLATFORM_CONTROL: DurableObjectNamespace<PlatformControl>;
}
