import type { Page } from "playwright-core";

/** One row of the table as a reader sees it: the text of its cells by column. */
export interface ShownRow {
  readonly target: string;
  readonly operation: string;
  readonly kind: string;
  /** The grades of latency and errors, in this order. */
  readonly grades: readonly string[];
  readonly cells: Readonly<Record<string, string>>;
}

/** What the page shows at one moment. */
export interface Shown {
  readonly status: string;
  readonly score: string;
  readonly tenant: string;
  readonly coverage: string;
  readonly ledger: string;
  readonly freshness: string;
  readonly rows: readonly ShownRow[];
}

/** Reads all of it at once, so that no frame comes in between. */
export function readShown(page: Page): Promise<Shown> {
  return page.evaluate(() => {
    const text = (id: string): string => document.getElementById(id)?.textContent ?? "";
    const textIn = (row: Element, selector: string): string =>
      row.querySelector(selector)?.textContent ?? "";
    const rows = [...document.querySelectorAll("#rows tr")].map((row) => ({
      target: textIn(row, ".target"),
      operation: textIn(row, ".operation"),
      kind: textIn(row, ".kind"),
      grades: [...row.querySelectorAll(".badge")].map((badge) => badge.textContent),
      cells: Object.fromEntries(
        [...row.querySelectorAll<HTMLElement>("td[data-column]")].map((cell) => [
          cell.dataset.column ?? "",
          cell.textContent,
        ]),
      ),
    }));
    const [status, score, tenant] = [text("status"), text("score"), text("tenant")];
    const [coverage, ledger] = [text("coverage"), text("ledger")];
    return { status, score, tenant, coverage, ledger, freshness: text("freshness"), rows };
  });
}
