import type { TachographBinding } from "../../src/client/index.ts";

/** Takes every report at once: what is measured is the client's side. */
export const acceptingBinding: TachographBinding = {
  report: ({ reports }) =>
    Promise.resolve({
      ok: true,
      flushMs: 2_000,
      results: reports.map(({ target, columns }) => {
        const accepted = columns.durationUs.length;
        return { ok: true, target, accepted, duplicate: false, rejected: {} } as const;
      }),
    }),
  permit: ({ target }) => Promise.resolve({ kind: "unlimited", target }),
};
