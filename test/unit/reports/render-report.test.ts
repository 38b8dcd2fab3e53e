import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LANGUAGES } from "../../../src/alerts/rule.ts";
import { BADGE_COLORS } from "../../../src/reports/render-html.ts";
import {
  MAX_HTML_BYTES,
  MAX_ROWS,
  reportHtml,
  reportMarkdown,
  renderReport,
} from "../../../src/reports/render-report.ts";
import type { PeriodReport } from "../../../src/reports/report.ts";
import { MemoryReportSource } from "../../support/memory-report-source.ts";
import { busyDay, dailySlot, reportOf, TIMETABLE } from "../../support/report-world.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("render report", process.env["SEED"]);
const FIXTURES = "../../fixtures/reports";
const OPTIONS = { language: "en", dashboardUrl: "https://dash.example.com" } as const;
const { from } = dailySlot().range;

describe.each(LANGUAGES)("in %s", (language) => {
  test("a busy day reads as it should", async () => {
    const mail = renderReport(await reportOf(busyDay()), { ...OPTIONS, language });
    await expect(mail.markdown).toMatchFileSnapshot(`${FIXTURES}/daily.${language}.md`);
    await expect(mail.text).toMatchFileSnapshot(`${FIXTURES}/daily.${language}.txt`);
    await expect(mail.html).toMatchFileSnapshot(`${FIXTURES}/daily.${language}.html`);
  });

  test("a week without data says so, and shows no 0", async () => {
    const slot = TIMETABLE.weekly({ year: 2026, week: 47 });
    const report = await reportOf(new MemoryReportSource(), slot);
    const mail = renderReport(report, { language, dashboardUrl: null });
    await expect(mail.markdown).toMatchFileSnapshot(`${FIXTURES}/empty-week.${language}.md`);
  });
});

test("subjects are one line with day, tenant, status and score", async () => {
  const report = await reportOf(busyDay());
  const subject = (language: "en" | "pt-BR"): string =>
    renderReport(report, { ...OPTIONS, language }).subject;
  expect(subject("en")).toBe("Daily report, 2026-11-20 · default · HEALTHY 8");
  expect(subject("pt-BR")).toBe("Relatório diário, 20/11/2026 · default · SAUDÁVEL 8");
});

test.each([
  ["en", "was not measured", ["Mean wait: 120 ms.", "Size of all databases: 700 MB."]],
  ["pt-BR", "medid", ["Espera média: 120 ms.", "Tamanho de todos os bancos: 700 MB."]],
] as const)(
  "in %s, waits and size of a database are told if measured",
  async (language, not, told) => {
    const source = new MemoryReportSource();
    const measures = { waitMs: 120, sizeBytes: 700_000_000 };
    source.timings.push({ target: "d1", operation: "q", at: from, durationMs: 5, measures });
    const markdown = reportMarkdown(await reportOf(source), { ...OPTIONS, language });
    for (const line of told) expect(markdown).toContain(line);
    expect(markdown).not.toContain(not);
  },
);

test.each([
  ["en", "| `kv` (whole, not in the grade) |", "## Cache **EXCELLENT**"],
  ["pt-BR", "| `kv` (total, fora da avaliação) |", "## Cache **EXCELENTE**"],
] as const)("in %s, a cache that is not counted says so", async (language, row, heading) => {
  const source = new MemoryReportSource();
  const lookup = { at: from, durationMs: 1 };
  source.timings.push(
    { ...lookup, target: "cache", operation: "l1", outcome: "hit", count: 100 },
    { ...lookup, target: "kv", operation: "get", outcome: "miss", count: 100 },
  );
  const markdown = reportMarkdown(await reportOf(source), { ...OPTIONS, language });
  expect(markdown).toContain(row);
  expect(markdown).toContain(heading);
});

test("the report itself goes along for those that read data", async () => {
  const report = await reportOf(busyDay());
  expect(renderReport(report, OPTIONS).json).toBe(report);
});

/** Names as nobody may give them: whatever is stored, it is shown and never interpreted. */
const HOSTILE = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='x`,
  "`code` **bold** [link](https://evil.example)",
  "a|b|c\n| --- |\n# heading",
  "@everyone <!channel> <@U123>",
  "&lt;b&gt; &amp;",
  "http://evil.example www.evil.example",
  "\u202egnirts",
  "x".repeat(500),
];

const hostileName = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "grapheme", minLength: 1 }),
);

async function hostileReport(names: readonly string[]): Promise<PeriodReport> {
  const source = new MemoryReportSource();
  for (const name of names) {
    for (const operation of ["call", name]) {
      source.timings.push(
        { target: name, operation, at: from, durationMs: 5, outcome: "rate_limited" },
        { target: "d1", operation, at: from, durationMs: 5 },
        { target: "cache", operation, at: from, durationMs: 5, outcome: "hit" },
      );
    }
    source.alerts.push({
      id: name,
      rule: name,
      target: name,
      operation: name,
      severity: "HIGH",
      firedAt: from,
      resolvedAt: null,
    });
  }
  const report = await reportOf(source);
  const tenant = names[0] ?? "";
  const slowest = report.d1?.slowest.map((one) => ({ ...one, target: tenant })) ?? [];
  return { ...report, tenant, d1: report.d1 && { ...report.d1, slowest } };
}

/** The tags that a report is made of; whatever else looks like one was let through. */
const OUR_TAGS =
  /<(?:!doctype html|\/?(?:html|head|body|div|h1|h2|p|b|br|small|span|table|thead|tbody|tr|th|td|title|a)|meta)(?: [a-z-]+="[^"<>]*")*>/g;

describe("whatever things are called", () => {
  test("the HTML has no element, attribute or entity but its own", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostileName, { minLength: 1, maxLength: 4 }), async (names) => {
        const html = reportHtml(await hostileReport(names), OPTIONS);
        const text = html.replace(OUR_TAGS, "");
        expect(text).not.toMatch(/[<>"']/);
        expect(text.replace(/&(?:amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
        for (const [tag] of html.matchAll(OUR_TAGS)) {
          expect(tag).not.toMatch(/ (?:on\w+|src|action|srcdoc)=/);
        }
        const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
        expect(links).toEqual([OPTIONS.dashboardUrl]);
      }),
      { seed, numRuns: 60 },
    );
  });

  test("they are shown whole in HTML", async () => {
    const html = reportHtml(await hostileReport([`<b>"Tom & 'Jerry'"</b>`]), OPTIONS);
    expect(html).toContain("&lt;b&gt;&quot;Tom &amp; &#39;Jerry&#39;&quot;&lt;/b&gt;");
  });

  test("Markdown keeps its tables, and has no markup but its own", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostileName, { minLength: 1, maxLength: 4 }), async (names) => {
        const markdown = reportMarkdown(await hostileReport(names), OPTIONS);
        const widths = { "| Target | Calls": 6, "| Operation": 4, "| Rule": 5 };
        const lines = markdown.split("\n");
        for (const [head, width] of Object.entries(widths)) {
          const start = lines.findIndex((line) => line.startsWith(head));
          expect(start).toBeGreaterThan(0);
          const table = lines.slice(start, lines.indexOf("", start));
          for (const row of table) {
            expect(row.replaceAll("\\|", "").split("|").length).toBe(width + 2);
          }
        }
        expect(outsideCode(markdown)).not.toMatch(/(?<!\\)[<`@~]|!\[|(?<!\\)\]\(/);
        expect(lines.filter((line) => /^#{1,2} /.test(line)).length).toBe(6);
      }),
      { seed, numRuns: 60 },
    );
  });

  test("they are shown whole in Markdown", async () => {
    const markdown = reportMarkdown(await hostileReport(["a|b `code`", "``x"]), OPTIONS);
    expect(markdown).toContain("| `` a\\|b `code` `` (platform) |");
    expect(markdown).toContain("| ``` ``x ``` (platform) |");
    expect(markdown).toContain("tenant a\\|b \\`code\\`,");
  });

  test("plain text has its lines and no others", async () => {
    const { text, subject } = renderReport(await hostileReport(HOSTILE), OPTIONS);
    expect(text).not.toContain("# heading\n");
    // oxlint-disable-next-line no-control-regex -- no control character may come through.
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u202a-\u202e]/);
    expect(subject).not.toContain("\n");
  });
});

/** Markdown without code spans and without its one link's destination. */
function outsideCode(markdown: string): string {
  return markdown
    .replace(/(?<![\\`])(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "")
    .replace("](<https://dash.example.com>)", "]");
}

test("a link that is no web address is left out", async () => {
  const report = await reportOf(busyDay());
  for (const dashboardUrl of ["javascript:alert(1)", "data:text/html,x", null]) {
    const mail = renderReport(report, { language: "en", dashboardUrl });
    expect(mail.html).not.toContain("href");
    expect(mail.markdown).not.toContain("](");
  }
});

describe("a report of more targets than a mail holds", () => {
  async function manyTargets(name: (index: number) => string): Promise<PeriodReport> {
    const source = new MemoryReportSource();
    for (let index = 0; index < 90; index++) {
      const count = index === 89 ? 1000 : 90 - index;
      const timing = { at: from, durationMs: 123.456, count, outcome: "rate_limited" } as const;
      const before = { ...timing, at: dailySlot().before.from };
      source.timings.push({ target: name(index), ...timing }, { target: name(index), ...before });
      source.alerts.push({
        id: `${index}`,
        rule: name(index),
        target: "meta",
        operation: "*",
        severity: "HIGH",
        firedAt: from,
        resolvedAt: null,
      });
    }
    source.existsSince = 0;
    return reportOf(source);
  }

  test("shows the busiest and says how many more there are", async () => {
    const report = await manyTargets((index) => `target-${String(index).padStart(2, "0")}`);
    const { html, markdown, text } = renderReport(report, OPTIONS);
    for (const rendering of [html, markdown, text]) {
      expect(rendering.includes("target-89")).toBe(true);
      expect(rendering.includes("target-00")).toBe(true);
      expect(rendering.includes("target-60")).toBe(false);
      // Of targets, of rules and of limits.
      expect(rendering.match(/and 40 more/g)?.length).toBe(3);
    }
    expect(markdown.split("\n").filter((line) => line.includes("SURGE")).length).toBe(0);
    expect(html.match(/STABLE/g)?.length).toBe(MAX_ROWS);
    expect(new TextEncoder().encode(html).length).toBeLessThan(MAX_HTML_BYTES);
  });

  test("shows fewer where names are so long that it would be cut", async () => {
    const report = await manyTargets(
      (index) => `${String(index).padStart(2, "0")}${`"`.repeat(62)}`,
    );
    const html = reportHtml(report, OPTIONS);
    expect(new TextEncoder().encode(html).length).toBeLessThan(MAX_HTML_BYTES);
    expect(html.match(/STABLE/g)?.length).toBe(MAX_ROWS / 2);
    expect(html.includes("and 65 more")).toBe(true);
  });
});

describe("the page", () => {
  test("fetches nothing and works in the dark", async () => {
    const html = reportHtml(await reportOf(busyDay()), OPTIONS);
    expect(html).not.toMatch(/<(?:img|script|link|style|iframe)|url\(|@import/);
    expect(html).toContain(`<meta name="color-scheme" content="light dark">`);
    // Whatever sets a colour sets both: one alone would be lost on the other kind of page.
    for (const [, style = ""] of html.matchAll(/style="([^"]*)"/g)) {
      expect(/(?:^|;)background:/.test(style)).toBe(/(?:^|;)color:/.test(style));
    }
  });

  test.each(Object.entries(BADGE_COLORS))("a %s badge can be read", (_, [back, ink]) => {
    const [light = 0, dark = 0] = [luminance(back), luminance(ink)].toSorted((a, b) => b - a);
    expect((light + 0.05) / (dark + 0.05)).toBeGreaterThanOrEqual(4.5);
  });
});

/** Relative luminance (WCAG 2.2). */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
