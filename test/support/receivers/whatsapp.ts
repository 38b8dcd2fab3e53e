import type { ReceivedRequest } from "./http-receiver.ts";
import { answer, Problems, type Received } from "./problems.ts";

/**
 * The templates that are approved at this receiver, by language. Kept apart from the sender's own: a
 * template that was approved does not change when the sender does.
 */
const APPROVED: Readonly<Record<string, string>> = {
  en: "Tachograph reports: {{1}}\n\nWhere: {{2}}\nCondition: {{3}}\nMeasured: {{4}}\nSince: {{5}}\nDuration: {{6}}\nWhat to do: {{7}}\nDetails: {{8}}\n\nYou get this message because this number is on call.",
  pt_BR:
    "O Tachograph informa: {{1}}\n\nOnde: {{2}}\nCondição: {{3}}\nValor medido: {{4}}\nDesde: {{5}}\nDuração: {{6}}\nO que fazer: {{7}}\nDetalhes: {{8}}\n\nVocê recebe esta mensagem porque este número está de plantão.",
};

const TEMPLATE_NAME = "tachograph_alert";

/** What the number shows of a message that was taken; `text` is what the person reads. */
export interface WhatsappReceived extends Received {
  readonly text: string;
}

/**
 * `POST /{version}/{phone-number-id}/messages` of the Cloud API, for template messages with a body
 * only: the fields that it documents, its limits, and the error codes that it answers with.
 */
export function receiveWhatsapp(request: ReceivedRequest): WhatsappReceived {
  const problems = new Problems();
  const path = new URL(request.url).pathname;
  problems.expect(/^\/v\d{1,2}\.\d\/\d{5,20}\/messages$/.test(path), `the path is ${path}`);
  const authorization = request.headers["authorization"] ?? "";
  if (!/^Bearer \S{6,}$/.test(authorization)) {
    problems.expect(false, "there is no bearer token");
    return { ...refused(problems, 401, 190, "Invalid OAuth access token"), text: "" };
  }
  const body = problems.record(
    problems.json(request, 64_000),
    "the body",
    ["messaging_product", "to", "type", "template"],
    ["recipient_type", "biz_opaque_callback_data"],
  );
  problems.expect(body["messaging_product"] === "whatsapp", "messaging_product is not whatsapp");
  problems.expect(body["recipient_type"] === "individual", "recipient_type is not individual");
  problems.expect(body["type"] === "template", "the type is not template");
  problems.expect(/^\d{7,15}$/.test(String(body["to"])), "the recipient is no number");
  problems.text(body["biz_opaque_callback_data"], "biz_opaque_callback_data", 1, 512);
  const template = problems.record(
    body["template"],
    "the template",
    ["name", "language"],
    ["components"],
  );
  const language = problems.record(template["language"], "the language", ["code"]);
  const approved = APPROVED[String(language["code"])];
  if (template["name"] !== TEMPLATE_NAME || approved === undefined) {
    problems.expect(false, "there is no such template in this language");
    return { ...refused(problems, 404, 132_001, "Template name does not exist"), text: "" };
  }
  const texts = parametersOf(template["components"], problems);
  const expected = new Set(approved.match(/\{\{\d\}\}/g)).size;
  if (texts.length !== expected) {
    problems.expect(false, `there are ${texts.length} parameters, not ${expected}`);
    return { ...refused(problems, 400, 132_000, "Number of parameters does not match"), text: "" };
  }
  const text = approved.replace(/\{\{(\d)\}\}/g, (_, number) => texts[Number(number) - 1] ?? "");
  if (text.length > 1_024) {
    problems.expect(false, `the text has ${text.length} characters, more than 1,024`);
    return { ...refused(problems, 400, 132_005, "Translated text too long"), text };
  }
  if (problems.list.length > 0) {
    return { ...refused(problems, 400, 132_018, problems.list.join("; ")), text };
  }
  const accepted = {
    messaging_product: "whatsapp",
    contacts: [{ input: body["to"], wa_id: body["to"] }],
    messages: [{ id: "wamid.HBgLNTUxMTk5OTk5OTk5ORUCABEYEjdF", message_status: "accepted" }],
  };
  return { ...answer(problems, 200, accepted), text };
}

/** An error as the Cloud API answers it. */
export function refused(
  problems: Problems,
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Received {
  const error = {
    message: `(#${code}) ${message}`,
    type: "OAuthException",
    code,
    error_data: { messaging_product: "whatsapp", details: message },
    fbtrace_id: "AbCdEfGhIjKlMnOp",
  };
  return answer(problems, status, { error }, headers);
}

function parametersOf(components: unknown, problems: Problems): readonly string[] {
  return problems.entries(components, "components", 1, 1).flatMap((component) => {
    const body = problems.record(component, "the component", ["type", "parameters"]);
    problems.expect(body["type"] === "body", "the component is no body");
    return problems.entries(body["parameters"], "parameters", 1, 32).map((entry, index) => {
      const what = `parameter ${index + 1}`;
      const parameter = problems.record(entry, what, ["type", "text"]);
      problems.expect(parameter["type"] === "text", `${what} is no text`);
      const text = problems.text(parameter["text"], what, 1, 1_024);
      problems.expect(!/[\n\r\t]/.test(text), `${what} has a line break or a tab`);
      problems.expect(!/ {5}/.test(text), `${what} has more than four spaces in a row`);
      problems.expect(text.trim() !== "", `${what} is blank`);
      return text;
    });
  });
}
