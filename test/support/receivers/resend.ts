import { checkMail } from "./email.ts";
import type { ReceivedRequest } from "./http-receiver.ts";
import { answer, Problems, type Received } from "./problems.ts";

/** What Resend remembers for 24 hours: the body of each idempotency key, and how it was answered. */
export type ResendState = Map<string, { readonly body: string; readonly id: string }>;

const FIELDS = ["from", "to", "subject", "html", "text"];

/** `POST /emails` of Resend: fields, limits, errors by their names, and its idempotency keys. */
export function receiveResend(request: ReceivedRequest, state: ResendState): Received {
  const problems = new Problems();
  problems.expect(new URL(request.url).pathname === "/emails", `the path is ${request.url}`);
  if (!/^Bearer re_\w+$/.test(request.headers["authorization"] ?? "")) {
    problems.expect(false, "there is no API key");
    return refused(problems, 401, "missing_api_key", "Missing API key");
  }
  const key = request.headers["idempotency-key"] ?? "";
  if (key.length < 1 || key.length > 256) {
    problems.expect(false, `the idempotency key has ${key.length} characters`);
    return refused(problems, 400, "invalid_idempotency_key", "The key must be between 1-256 chars");
  }
  // 40 MB with attachments; a mail of alerts has no business to be near it.
  const mail = problems.record(problems.json(request, 1_000_000), "the mail", FIELDS, ["headers"]);
  checkMail(mail, problems);
  if (problems.list.length > 0) {
    return refused(problems, 422, "validation_error", problems.list.join("; "));
  }
  const known = state.get(key);
  if (known !== undefined && known.body !== request.body) {
    problems.expect(false, "the idempotency key was used with another payload");
    return refused(problems, 409, "invalid_idempotent_request", "Same key, different payload");
  }
  const id = known?.id ?? `49a3999c-0ce1-4ea6-ab68-${String(state.size).padStart(12, "0")}`;
  state.set(key, { body: request.body, id });
  return answer(problems, 200, { id });
}

/** An error as Resend answers it. */
function refused(problems: Problems, status: number, name: string, message: string): Received {
  return answer(problems, status, { statusCode: status, name, message });
}
