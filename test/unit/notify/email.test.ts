import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChannelConfig } from "../../../src/notify/channel-config.ts";
import type { MessageContext } from "../../../src/notify/channel.ts";
import { emailChannel, emailRefused, emailSent } from "../../../src/notify/email.ts";
import { composeMail } from "../../../src/notify/mail.ts";
import type { Message } from "../../../src/notify/notice.ts";
import {
  arbitraryAnswer,
  arbitraryContext,
  contextExample,
  noticeExample,
  SINCE,
} from "../../support/alert-notices.ts";
import { alertsMessage, arbitraryAlerts, REPORT } from "../../support/channel-requests.ts";
import { receiveEmail } from "../../support/receivers/email.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("email", process.env["SEED"]);

const CONFIG: Extract<ChannelConfig, { type: "email" }> = {
  type: "email",
  severities: ["CRITICAL", "HIGH", "MEDIUM"],
  tenants: undefined,
  targets: undefined,
  operations: undefined,
  rules: undefined,
  events: ["firing", "repeat", "resolved"],
  reports: true,
  language: undefined,
  binding: "EMAIL",
  from: "alerts@example.com",
  to: ["oncall@example.com"],
};

const channel = emailChannel(CONFIG);

async function mailOf(message: Message, context: MessageContext = contextExample()) {
  const outgoing = await channel.compose(message, context);
  if (outgoing.via !== "email") throw new Error(`It goes via ${outgoing.via}`);
  expect(outgoing.binding).toBe("EMAIL");
  return outgoing.mail;
}

describe("emailChannel", () => {
  it("writes an alert as a mail that reads well as text", async () => {
    const mail = await mailOf(alertsMessage(noticeExample({ acknowledgedBy: "ana" })));
    expect(receiveEmail(mail).problems).toEqual([]);
    expect(mail).toMatchObject({ from: "alerts@example.com", to: ["oncall@example.com"] });
    expect(mail.subject).toBe("[Tachograph] CRITICAL · error-rate-critical · meta");
    expect(mail.text).toBe(`CRITICAL · error-rate-critical · meta
Where: meta, all operations
Condition: error rate ≥ 10 %
Measured: 23.4 %
Since: 2026-11-21 09:14 (UTC-3)
Duration: 5 min
Acknowledged by: ana
What to do: Check its token and read the API's answers.
Details: https://tachograph.example.com/#alert=a-7

-- 
Sent by Tachograph for tenant default.
`);
  });

  it("says the same in HTML, in its language", async () => {
    const context = contextExample({ language: "pt-BR" });
    const { html } = await mailOf(alertsMessage(noticeExample()), context);
    expect(html).toContain('<html lang="pt-BR">');
    expect(html.replace(/<title>.*<\/title>/, "").replace(/<[^>]+>/g, "|")).toMatch(
      /CRÍTICO · error-rate-critical · meta\|+Onde\|+meta, todas as operações\|+Condição\|+taxa de erros ≥ 10 %\|+Valor medido\|+23,4 %\|+Desde\|+21\/11\/2026 09:14 \(UTC-3\)\|+Duração\|+5 min\|+O que fazer\|+Verifique o token e leia as respostas da API.\|+Detalhes\|+https:\/\/tachograph.example.com\/#alert=a-7/,
    );
    expect(html).toContain('<a href="https://tachograph.example.com/#alert=a-7">');
  });

  it("lists all of a group, the worst first", async () => {
    const targets = Array.from({ length: channel.maxAlerts }, (_, index) => `target-${index}`);
    const notices = targets.map((target, index) =>
      noticeExample({ target, severity: index % 2 === 0 ? "LOW" : "HIGH" }),
    );
    const mail = await mailOf(alertsMessage(...notices));
    expect(receiveEmail(mail).problems).toEqual([]);
    expect(mail.subject).toBe("[Tachograph] 100 alerts: 100 firing (50 HIGH, 50 LOW)");
    for (const target of targets) {
      expect(mail.html).toContain(`· ${target}<`);
      expect(mail.text).toContain(`· ${target}\n`);
    }
    expect(mail.text.lastIndexOf("HIGH · ")).toBeLessThan(mail.text.indexOf("\nLOW · "));
  });

  it("keeps the mails of one alert in one thread, and asks for no automatic answers", async () => {
    const first = await mailOf(alertsMessage(noticeExample()));
    const last = await mailOf(
      alertsMessage(noticeExample({ event: "resolved", resolvedAt: SINCE + 1 })),
    );
    expect(first.headers).toEqual({
      "Auto-Submitted": "auto-generated",
      "In-Reply-To": "<alert-a-7@example.com>",
      References: "<alert-a-7@example.com>",
    });
    expect(last.headers).toEqual(first.headers);
    const group = await mailOf(alertsMessage(noticeExample(), noticeExample({ alertId: "a-8" })));
    expect(group.headers).toEqual({ "Auto-Submitted": "auto-generated" });
  });

  it.each(["a.b", ".", "a@b>", "<x>", "ação 🚨", "\ud800", "x".repeat(500), "a\r\nBcc: b@c.de"])(
    "makes a message id of any alert's id: %j",
    async (alertId) => {
      const named = CONFIG.from.replace(/(.*)/, "Alerts <$1>");
      for (const from of [CONFIG.from, named]) {
        const { headers } = composeMail(
          alertsMessage(noticeExample({ alertId })),
          contextExample(),
          from,
        );
        const mail = await mailOf({ kind: "test" });
        expect(receiveEmail({ ...mail, headers }).problems).toEqual([]);
        expect(headers["References"]).toMatch(/@example\.com>$/);
      }
    },
  );

  it("sends a report as it is", async () => {
    const mail = await mailOf(REPORT);
    expect(mail).toMatchObject({
      subject: "Tachograph: 20 November 2026",
      text: "All was well.\n",
      html: "<!doctype html><html><body><p>All was well.</p></body></html>",
    });
    expect(receiveEmail(mail).problems).toEqual([]);
  });

  it("sends a test", async () => {
    const mail = await mailOf({ kind: "test" }, contextExample({ language: "pt-BR" }));
    expect(mail.subject).toBe("[Tachograph] Mensagem de teste");
    expect(receiveEmail(mail).problems).toEqual([]);
  });

  it("escapes what alerts are called", async () => {
    const name = `<img src=x onerror="alert('1')">&`;
    const { html, subject } = await mailOf(alertsMessage(noticeExample({ target: name })));
    expect(html).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;");
    expect(html).not.toContain("<img");
    expect(subject).toContain(name);
  });

  it("sends what Cloudflare takes, and HTML with nothing in it that is not its own", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryAlerts(channel), arbitraryContext, async (message, context) => {
        const received = receiveEmail(await mailOf(message, context));
        expect(received.problems).toEqual([]);
        expect(channel.read(received).kind).toBe("delivered");
      }),
      { seed: SEED },
    );
  });

  it.each([
    ["E_SENDER_NOT_VERIFIED", "disabled"],
    ["E_SENDER_DOMAIN_NOT_AVAILABLE", "disabled"],
    ["E_RECIPIENT_NOT_ALLOWED", "disabled"],
    ["E_RECIPIENT_SUPPRESSED", "disabled"],
    ["E_HEADER_NOT_ALLOWED", "dead"],
    ["E_CONTENT_TOO_LARGE", "dead"],
    ["E_RATE_LIMIT_EXCEEDED", "retry"],
    ["E_DAILY_LIMIT_EXCEEDED", "retry"],
    ["E_INTERNAL_SERVER_ERROR", "retry"],
    ["E_OF_TOMORROW", "retry"],
  ])("reads what the binding throws: %s is %s", (code, kind) => {
    const error = Object.assign(new Error("No,\nbecause."), { code });
    const verdict = channel.read(emailRefused(error));
    expect(verdict).toMatchObject({ kind, detail: `send_email: ${code}: No, because.` });
  });

  it("tries again after an error without a code, and after what is no error", () => {
    expect(channel.read(emailRefused(new Error("Network connection lost.")))).toEqual({
      kind: "retry",
      detail: "send_email: Network connection lost.",
    });
    expect(channel.read(emailRefused(undefined)).kind).toBe("retry");
    expect(channel.read(emailSent("<1@example.com>"))).toEqual({
      kind: "delivered",
      detail: "accepted as <1@example.com>",
    });
  });

  it("reads any answer", () => {
    fc.assert(
      fc.property(arbitraryAnswer, (answer) => {
        const { kind, detail } = channel.read(answer);
        expect(kind).toMatch(/^(?:delivered|retry|dead|disabled)$/);
        expect(detail).not.toMatch(/\p{Cc}/u);
      }),
      { seed: SEED },
    );
  });
});
