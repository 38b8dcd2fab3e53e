import { useMemo, useState } from "preact/hooks";
import { WHOLE_TARGET } from "../../../../src/names.ts";
import { TARGET_KINDS, type TargetKind } from "../../../../src/target-kind.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { matching, type TargetNames } from "./series-names.ts";

/** Above so many names, typing a part of one finds it sooner than reading them. */
const FILTER_ABOVE = 15;

const MAX_NAME_LENGTH = 64;

const TEXTS = messages(
  {
    target: "Target",
    operation: "Operation",
    whole: "* (all of it)",
    filterTargets: "Find a target",
    filterOperations: "Find an operation",
    platform: "Platforms",
    worker: "Workers",
    d1: "D1",
    cache: "Caches",
    queue: "Queues",
    probe: "Probes",
    gone: "No timings now",
  },
  {
    target: "Alvo",
    operation: "Operação",
    whole: "* (todas)",
    filterTargets: "Buscar alvo",
    filterOperations: "Buscar operação",
    platform: "Plataformas",
    worker: "Workers",
    d1: "D1",
    cache: "Caches",
    queue: "Filas",
    probe: "Sondas",
    gone: "Sem medições agora",
  },
);

/** Lets the user pick a target and one of its operations. */
export function SeriesPicker({
  names,
  target,
  operation,
  onPick,
}: {
  readonly names: readonly TargetNames[];
  readonly target: string;
  readonly operation: string;
  readonly onPick: (target: string, operation: string) => void;
}) {
  const texts = useMessages(TEXTS);
  const kinds = useMemo(() => new Map(names.map((name) => [name.target, name.kind])), [names]);
  const operations = names.find((name) => name.target === target)?.operations ?? [];
  return (
    <>
      <FilteredSelect
        label={texts.target}
        filterLabel={texts.filterTargets}
        names={useMemo(() => names.map((name) => name.target), [names])}
        chosen={target}
        onChoose={(name) => onPick(name, WHOLE_TARGET)}
        kindOf={(name) => kinds.get(name)}
      />
      <FilteredSelect
        label={texts.operation}
        filterLabel={texts.filterOperations}
        names={operations}
        chosen={operation}
        onChoose={(name) => onPick(target, name)}
      />
    </>
  );
}

function FilteredSelect({
  label,
  filterLabel,
  names,
  chosen,
  onChoose,
  kindOf,
}: {
  readonly label: string;
  readonly filterLabel: string;
  readonly names: readonly string[];
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
  /** Groups them; undefined for names that are not there any more. */
  readonly kindOf?: (name: string) => TargetKind | undefined;
}) {
  const [filter, setFilter] = useState("");
  const texts = useMessages(TEXTS);
  // The same nodes as long as the names are the same: there may be hundreds.
  const options = useMemo(() => {
    const shown = matching(names, filter, chosen);
    const option = (name: string) => (
      <option key={name} value={name} selected={name === chosen}>
        {name === WHOLE_TARGET ? texts.whole : name}
      </option>
    );
    if (kindOf === undefined) return shown.map((name) => option(name));
    const lost = shown.filter((name) => kindOf(name) === undefined);
    const groups = TARGET_KINDS.map((kind) => ({
      label: texts[kind],
      members: shown.filter((name) => kindOf(name) === kind),
    }));
    return [{ label: texts.gone, members: lost }, ...groups]
      .filter(({ members }) => members.length > 0)
      .map((group) => (
        <optgroup key={group.label} label={group.label}>
          {group.members.map((name) => option(name))}
        </optgroup>
      ));
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- kinds change with the names
  }, [names, filter, chosen, texts]);
  return (
    <div class="select">
      <label>
        <span>{label}</span>
        <select value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
          {options}
        </select>
      </label>
      {names.length > FILTER_ABOVE && (
        <input
          type="search"
          aria-label={filterLabel}
          placeholder={filterLabel}
          maxLength={MAX_NAME_LENGTH}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      )}
    </div>
  );
}
