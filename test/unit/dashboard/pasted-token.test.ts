import { expect, test } from "vitest";
import { pastedToken } from "../../../dashboard/src/pasted-token.ts";

test.each([
  ["dev-read", "dev-read"],
  ["  dev-read\n", "dev-read"],
  ["Bearer dev-read", "dev-read"],
  ["bearer\tdev-read ", "dev-read"],
  ["Authorization: Bearer dev-read", "dev-read"],
  ["bearer-of-news", "bearer-of-news"],
  ["Bearer", ""],
  ["   ", ""],
  ["", ""],
])("%j is the token %j", (text, token) => {
  expect(pastedToken(text)).toBe(token);
});
