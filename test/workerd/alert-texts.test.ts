import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../../src/alerts/rule.ts";
import { describeAlert } from "../../src/notify/describe-alert.ts";
import { contextExample, noticeExample } from "../support/alert-notices.ts";
import { GOLDEN_EVENTS, GOLDEN_TEXTS } from "../support/golden-texts.ts";

/** Numbers, dates and time zones come from the runtime, which has data of its own for them. */
describe("texts of alerts in workerd", () => {
  it.each(GOLDEN_TEXTS)("says of $notice.metric what Node says", (golden) => {
    for (const language of LANGUAGES) {
      const context = contextExample({ language });
      const { firing, repeat, resolved, ...fields } = golden.texts[language];
      expect(describeAlert(noticeExample(golden.notice), context)).toMatchObject(fields);
      for (const [event, summary] of Object.entries({ firing, repeat, resolved })) {
        const changes = GOLDEN_EVENTS[event as keyof typeof GOLDEN_EVENTS];
        const text = describeAlert(noticeExample({ ...golden.notice, ...changes }), context);
        expect(text.summary).toBe(summary);
      }
    }
  });

  it.each([
    ["UTC", "2026-11-21 12:14 (UTC)"],
    ["Asia/Kathmandu", "2026-11-21 17:59 (UTC+5:45)"],
    ["America/St_Johns", "2026-11-21 08:44 (UTC-3:30)"],
  ])("writes times in %s", (timeZone, expected) => {
    expect(describeAlert(noticeExample(), contextExample({ timeZone })).since).toBe(expected);
  });
});
