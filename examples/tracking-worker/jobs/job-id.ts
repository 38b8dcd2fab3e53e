import type { PlatformName } from "../tracked-event.ts";

const JOB_ID_PATTERN = /^[a-z]{1,16}-[0-9a-f]{32}$/;

/** The last digit of an id names its book, so there are sixteen of them. */
const LAST_DIGITS = "0123456789abcdef";

/** The same event for the same platform is the same job, however often it is sent. */
export async function jobId(platform: PlatformName, eventId: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${platform}\n${eventId}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).subarray(0, 16);
  const digits = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"));
  return `${platform}-${digits.join("")}`;
}

/** Whether `text` can be the id of a job. */
export function isJobId(text: string): boolean {
  return JOB_ID_PATTERN.test(text);
}

/** The object that keeps the job. */
export function bookOf(id: string): string {
  return `jobs-${id.slice(-1)}`;
}

/** All of them. */
export const BOOKS: readonly string[] = Array.from(LAST_DIGITS, bookOf);
