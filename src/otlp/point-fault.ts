import type { RejectionReason } from "../wire/report.ts";

/** Why a point is refused. */
export class PointFault {
  readonly reason: RejectionReason;
  /** For the sender, without a full stop. */
  readonly detail: string;

  constructor(reason: RejectionReason, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}
