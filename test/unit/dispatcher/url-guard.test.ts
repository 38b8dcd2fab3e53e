import { describe, expect, test } from "vitest";
import { checkWebhookUrl } from "../../../src/dispatcher/url-guard.ts";

const PUBLIC = [
  "https://hooks.slack.com/services/T0/B0/x",
  "https://example.com:8443/hook?token=1",
  "https://8.8.8.8/hook",
  "https://172.32.0.1/",
  "https://172.15.255.255/",
  "https://100.63.255.255/",
  "https://100.128.0.1/",
  "https://192.167.255.255/",
  "https://169.253.1.1/",
  "https://223.255.255.255/",
  "https://[2606:4700:4700::1111]/",
  "https://[2003::1]/",
  "https://localhost.example.com/",
  "https://internal.example.com/",
  "https://mylocal.example/",
  "https://1.2.3.4.example.com/",
];

const PRIVATE = [
  "https://127.0.0.1/",
  "https://127.0.0.1./",
  "https://127.255.255.254/",
  "https://127.1/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0x7f.0.0.1/",
  "https://0177.0.0.1/",
  "https://017700000001/",
  "https://１２７.0.0.1/",
  "https://0.0.0.0/",
  "https://0/",
  "https://10.0.0.1/",
  "https://0xa.1/",
  "https://172.16.0.1/",
  "https://172.31.255.255/",
  "https://192.168.1.1/",
  "https://3232235777/",
  "https://169.254.169.254/latest/meta-data/",
  "https://0xa9fea9fe/",
  "https://100.64.0.1/",
  "https://100.127.255.255/",
  "https://192.0.0.1/",
  "https://192.0.2.1/",
  "https://198.18.0.1/",
  "https://198.19.255.255/",
  "https://198.51.100.7/",
  "https://203.0.113.7/",
  "https://224.0.0.1/",
  "https://239.255.255.250/",
  "https://240.0.0.1/",
  "https://255.255.255.255/",
  "https://[::]/",
  "https://[::1]/",
  "https://[0:0:0:0:0:0:0:1]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:7f00:1]/",
  "https://[::ffff:8.8.8.8]/",
  "https://[::127.0.0.1]/",
  "https://[64:ff9b::10.0.0.1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[64:ff9b:1::1]/",
  "https://[fc00::1]/",
  "https://[fd12:3456:789a::1]/",
  "https://[fe80::1]/",
  "https://[fec0::1]/",
  "https://[ff02::1]/",
  "https://[2001::1]/",
  "https://[2001:db8::1]/",
  "https://[2002:7f00:1::]/",
  "https://[3fff::1]/",
  "https://localhost/",
  "https://LOCALHOST/",
  "https://localhost./",
  "https://localhost../",
  "https://%6cocalhost/",
  "https://a.localhost/",
  "https://printer.local/",
  "https://printer.local./",
  "https://metadata.google.internal/",
  "https://router.home.arpa/",
  "https://localhost.localdomain/",
  "https://intranet/",
  "https://metadata/",
];

const NEVER = [
  "ftp://example.com/",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "data:text/plain,x",
  "ws://example.com/",
  "https://user@example.com/",
  "https://user:pass@example.com/",
  "https://:pass@example.com/",
  "//example.com/",
  "example.com",
  "",
  "https://",
  "https://exa mple.com/",
  "https://[fe80::1%25eth0]/",
];

describe("a webhook URL", () => {
  test.each(PUBLIC)("may be called: %s", (text) => {
    for (const allowPrivate of [false, true]) {
      expect(checkWebhookUrl(text, { allowPrivate })).toMatchObject({ ok: true });
    }
  });

  test.each(PRIVATE)("may be called only where private ones may: %s", (text) => {
    const refused = checkWebhookUrl(text, { allowPrivate: false });
    expect(refused).toMatchObject({ ok: false, reason: /no public address.*allowPrivateUrls/ });
    expect(checkWebhookUrl(text, { allowPrivate: true })).toMatchObject({ ok: true });
  });

  test("of http: may be called only where private ones may", () => {
    const text = "http://example.com/";
    const refused = checkWebhookUrl(text, { allowPrivate: false });
    expect(refused).toMatchObject({ ok: false, reason: /http:.*allowPrivateUrls/ });
    expect(checkWebhookUrl(text, { allowPrivate: true })).toMatchObject({ ok: true });
  });

  test.each(NEVER)("may never be called: %s", (text) => {
    for (const allowPrivate of [false, true]) {
      expect(checkWebhookUrl(text, { allowPrivate })).toMatchObject({ ok: false });
    }
  });

  test("does not show what is secret in it when it is refused", () => {
    for (const text of [
      "https://user:hunter2@example.com/",
      "http://example.com/hunter2",
      "https://10.0.0.1/?key=hunter2",
    ]) {
      const checked = checkWebhookUrl(text, { allowPrivate: false });
      expect(checked).toMatchObject({ ok: false, reason: expect.not.stringContaining("hunter2") });
    }
  });
});
