/** @import { ContentFrame, Coverage, Status, TenantLedger } from "../../stream-frame.ts" */
import { byId, setText } from "./element.js";
import { formatAge, formatClock, formatCount, NOTHING } from "./format.js";

/** Numbers older than this are called old, though the stream itself is live. */
const OLD_MS = 3_000;

/** @type {Readonly<Record<Status, string>>} */
const COLOR_OF_STATUS = { HEALTHY: "green", WARNING: "orange", CRITICAL: "red", UNKNOWN: "none" };

/**
 * How fresh the page is.
 *
 * @typedef {object} Freshness
 * @property {boolean} isLive
 * @property {number} ageMs - how old the numbers are.
 * @property {number | undefined} lastAt - when a frame last came, epoch milliseconds of this
 * browser's clock; undefined before the first.
 */

/** Everything above the table. */
export class HeaderView {
  #status = byId("status", HTMLElement);
  #score = byId("score", HTMLElement);
  #tenant = byId("tenant", HTMLElement);
  #coverage = byId("coverage", HTMLElement);
  #ledger = byId("ledger", HTMLElement);
  #freshness = byId("freshness", HTMLElement);
  #announcement = byId("announcement", HTMLElement);
  #live = byId("live", HTMLElement);

  /** @param {ContentFrame} frame */
  show({ status, score, tenant, coverage, ledger }) {
    setText(this.#status, status);
    this.#status.dataset.color = COLOR_OF_STATUS[status];
    setText(this.#score, score === null ? NOTHING : `${score.toFixed(1)} of 10`);
    setText(this.#tenant, tenant);
    setText(this.#coverage, coverageText(coverage));
    this.#coverage.dataset.good = String(coverage.missing.length === 0);
    setText(this.#ledger, ledgerText(ledger));
    this.#ledger.dataset.good = String(ledger.isBalanced);
  }

  /**
   * @param {Freshness} freshness
   * @param {Status | undefined} status
   */
  showFreshness({ isLive, ageMs, lastAt }, status) {
    const notLive =
      lastAt === undefined ? "connecting …" : `not live since ${formatClock(lastAt)}, trying again`;
    setText(this.#freshness, isLive ? `live, ${formatAge(ageMs)} old` : notLive);
    this.#freshness.dataset.live = String(isLive);
    this.#freshness.dataset.old = String(isLive && ageMs > OLD_MS);
    this.#live.dataset.live = String(isLive);
    // Spoken, so only on a change: the age alone changes several times a second.
    const spoken = isLive ? `Live. Status ${status ?? "UNKNOWN"}.` : notLive;
    setText(this.#announcement, spoken);
    const subject = isLive ? (status ?? "UNKNOWN") : "not live";
    if (document.title !== `${subject} · Tachograph`) document.title = `${subject} · Tachograph`;
  }
}

/** @param {Coverage} coverage */
function coverageText({ shards, answered, missing }) {
  const share = `${answered} of ${shards} shard${shards === 1 ? "" : "s"}`;
  return missing.length === 0 ? share : `${share}, missing ${missing.join(", ")}`;
}

/** @param {TenantLedger} ledger */
function ledgerText({ offered, accepted, duplicates, rejected, merged, pending, isBalanced }) {
  const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
  const verdict = isBalanced ? "balanced" : "NOT balanced";
  const parts = [
    `${formatCount(offered)} offered`,
    `${formatCount(accepted)} accepted`,
    `${formatCount(merged)} merged`,
    `${formatCount(pending)} pending`,
    `${formatCount(duplicates)} duplicate`,
    `${formatCount(refused)} rejected`,
  ];
  return `${verdict}: ${parts.join(" · ")}`;
}
