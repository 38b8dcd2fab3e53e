import { messages, useMessages } from "../../i18n/language.ts";
import { useSetView, useView } from "../../view.ts";
import type { ErrorRow } from "./error-row.ts";

const TEXTS = messages(
  { of: "error rate of", all: "all targets" },
  { of: "taxa de erro de", all: "todos os alvos" },
);

/** Whose error rate is drawn over time. */
export function FailingChoice({ rows }: { readonly rows: readonly ErrorRow[] }) {
  const texts = useMessages(TEXTS);
  const setView = useSetView();
  const { failing } = useView();
  const names = rows.map(({ target }) => target);
  // The one that is chosen may have no calls now.
  const shown = failing === null || names.includes(failing) ? names : [failing, ...names];
  return (
    <label class="select">
      <span>{texts.of}</span>
      <select
        value={failing ?? ""}
        onChange={({ currentTarget: { value } }) =>
          setView({ failing: value === "" ? null : value })
        }
      >
        <option value="">{texts.all}</option>
        {shown.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
