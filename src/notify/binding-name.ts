import * as v from "valibot";

/** What a binding of the Worker is called: a secret, a variable or a service. */
const BINDING_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

/**
 * The name of a binding. What is refused may well be the secret itself, so it is not repeated: a
 * message ends in logs.
 */
export const bindingName = v.custom<string>(
  (value) => typeof value === "string" && BINDING_NAME.test(value),
  ({ input }) => {
    const name = "must be the name of a binding, of A-Z 0-9 _ and as SLACK_WEBHOOK_URL";
    if (typeof input !== "string") return `${name}, got ${input === null ? "null" : typeof input}`;
    if (/^[A-Za-z][A-Za-z0-9_]{0,31}$/.test(input)) return `${name}; this one has small letters`;
    return (
      `${name}; this looks like the secret itself: store it with \`wrangler secret put\` under ` +
      "such a name (locally in .dev.vars), write that name here, and replace the secret if this " +
      "file has been shared"
    );
  },
);
