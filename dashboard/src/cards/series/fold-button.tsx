import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";

const TEXTS = messages(
  { operations: (count: string) => `${count} operations`, of: (target: string) => `of ${target}` },
  { operations: (count) => `${count} operações`, of: (target) => `de ${target}` },
);

/** Shows the operations of a target that has many, or folds them away again. */
export function FoldButton({
  target,
  count,
  isOpen,
  onFold,
}: {
  readonly target: string;
  readonly count: number;
  readonly isOpen: boolean;
  readonly onFold: (target: string, isOpen: boolean) => void;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  return (
    <button
      type="button"
      class="fold"
      aria-expanded={isOpen}
      onClick={() => onFold(target, !isOpen)}
    >
      {texts.operations(format.count(count))}
      <span class="visually-hidden"> {texts.of(target)}</span>
    </button>
  );
}
