import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";

const TEXTS = messages(
  {
    all: (hidden: string, count: string) => `${hidden} more: show all ${count}`,
    fewer: (count: string) => `Show only the first ${count} of all`,
  },
  {
    all: (hidden: string, count: string) => `Mais ${hidden}: mostrar tudo (${count})`,
    fewer: (count: string) => `Mostrar só ${count}`,
  },
);

/** Shows the rest of a list, or hides it again; nothing for a list that is shown whole anyway. */
export function ShowAll({
  count,
  shortCount,
  isAll,
  onChange,
}: {
  /** How many there are. */
  readonly count: number;
  /** How many are shown at most unless all are. */
  readonly shortCount: number;
  readonly isAll: boolean;
  readonly onChange: (isAll: boolean) => void;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  if (count <= shortCount) return null;
  return (
    <button type="button" class="quiet more" aria-expanded={isAll} onClick={() => onChange(!isAll)}>
      {isAll
        ? texts.fewer(format.count(shortCount))
        : texts.all(format.count(count - shortCount), format.count(count))}
    </button>
  );
}
