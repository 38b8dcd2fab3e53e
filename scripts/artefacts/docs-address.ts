/**
 * Stands for where the directory docs/ can be read, which is nowhere that is known here: Tachograph
 * does not serve it. Whoever copies these files puts an address in its place.
 */
const DOCS_URL = "https://docs.example.com/tachograph";

/**
 * Where a runbook can be read, once there is an address.
 * @param page a page's name below docs/, with its anchor
 */
export function runbookUrl(page: string): string {
  return `${DOCS_URL}/${page}`;
}

/** What to do about it, for a file's head. */
export const DOCS_URL_LINES: readonly string[] = [
  "runbook_url leads to the directory docs/ of this repository, which Tachograph does not serve. Put",
  `the address where yours can be read in the place of ${DOCS_URL}, as by`,
  `  sed -i 's,${DOCS_URL},https://git.example.com/ops/tachograph/blob/main/docs,' FILE`,
];
