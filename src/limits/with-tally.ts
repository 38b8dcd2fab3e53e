import type { LimitView, PermitTally } from "../wire/permits.ts";

/** A bucket's view with what holders decided without it. */
export function withTally(view: LimitView, tally: PermitTally): LimitView {
  return {
    ...view,
    denied: view.denied + tally.denied,
    allowedUnreached: view.allowedUnreached + tally.allowedUnreached,
    deniedUnreached: view.deniedUnreached + tally.deniedUnreached,
  };
}
