/** Lines of wrangler's hint that crons do not run by themselves: the start script runs them. */
const EXPECTED = [
  /Scheduled Workers are not automatically triggered/,
  /^\s*To manually trigger a scheduled event, run:/,
  /^\s*curl "http:\/\/[^"]+\/cdn-cgi\/local\/scheduled"/,
  /cron-triggers\/#test-cron-triggers-locally/,
];

/** Whether wrangler warns of something that is taken care of; it still is in the log. */
export function isExpectedWarning(line: string): boolean {
  return EXPECTED.some((pattern) => pattern.test(line));
}
