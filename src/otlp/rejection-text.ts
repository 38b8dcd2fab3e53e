import type { RejectionReason } from "../wire/report.ts";

/** What is meant by reasons that a sender of metrics can do something about. */
const TEXTS: Partial<Record<RejectionReason, string>> = {
  too_old: "it ended more than 5 min ago; export more often, and set the sender's clock",
  in_the_future: "it lies more than 30 s ahead; set the sender's clock",
  too_many_targets:
    "there are too many targets; raise maxTargets, or let targetFrom name what is of few values",
  too_many_streams: "there are too many cumulative streams; send deltas, or fewer attributes",
  too_many_values: "it counts too many timings",
  went_back: "a cumulative stream went back without a new start time",
};

/** A reason for the sender, without a full stop. */
export function rejectionText(reason: RejectionReason): string {
  return TEXTS[reason] ?? reason;
}
