import type { Language } from "../alerts/rule.ts";

/**
 * The message template to have approved in the WhatsApp Manager: under one name, category "utility",
 * body only, in each of the languages that are used. Without a template, WhatsApp delivers nothing to
 * somebody who has not written to the business number within the last 24 hours.
 *
 * The parameters, in their order (positional, all of the body, all of type text):
 *
 * 1. what happened: `CRITICAL · error-rate-critical · meta`, or how many alerts there are
 * 2. where: `meta, all operations`
 * 3. the condition: `error rate ≥ 10 %`
 * 4. the measured value: `23.4 %`
 * 5. since when: `2026-11-21 09:14 (UTC-3)`
 * 6. for how long, how it ended, and who has taken it on: `12 min`
 * 7. what to do
 * 8. the link to the page
 *
 * What there is nothing to say about is a dash, since no parameter may be empty. As samples for the
 * review, use the texts above.
 */
export const WHATSAPP_TEMPLATES: Readonly<Record<Language, string>> = {
  en: `Tachograph reports: {{1}}

Where: {{2}}
Condition: {{3}}
Measured: {{4}}
Since: {{5}}
Duration: {{6}}
What to do: {{7}}
Details: {{8}}

You get this message because this number is on call.`,
  "pt-BR": `O Tachograph informa: {{1}}

Onde: {{2}}
Condição: {{3}}
Valor medido: {{4}}
Desde: {{5}}
Duração: {{6}}
O que fazer: {{7}}
Detalhes: {{8}}

Você recebe esta mensagem porque este número está de plantão.`,
};

/** How WhatsApp calls the languages. */
export const WHATSAPP_LANGUAGES: Readonly<Record<Language, string>> = {
  en: "en",
  "pt-BR": "pt_BR",
};

/** How many parameters the template has. */
export const WHATSAPP_PARAMETERS = 8;

/** Most characters of a body with its parameters filled in. */
export const MAX_BODY_LENGTH = 1_024;
