import type { ComponentType } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { messages, useMessages } from "../i18n/language.ts";

const TEXTS = messages(
  {
    loading: "Loading …",
    failed:
      "A part of the page could not be loaded: the server was updated, or is away. If it stays so, reload the page.",
    again: "Try again",
  },
  {
    loading: "Carregando …",
    failed:
      "Uma parte da página não pôde ser carregada: o servidor foi atualizado ou está fora do ar. Se continuar assim, recarregue a página.",
    again: "Tentar de novo",
  },
);

/** How long it is until code that was not loaded is asked for again: twice as long each time. */
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** A component whose code comes when it is needed. */
interface LazyPart<Props> {
  /** Says that it is loading, or that it failed and how to try again. */
  readonly Part: ComponentType<Props>;
  /** Fetches the code before it is needed. Never throws: the part tells of what fails. */
  readonly load: () => Promise<void>;
}

/**
 * Makes a component of one that is not there yet. Once its code is there, it is drawn at once wherever
 * it is used.
 *
 * @param fetchPart imports the component; asked again only after a failure
 */
export function lazyPart<Props extends object>(
  fetchPart: () => Promise<ComponentType<Props>>,
): LazyPart<Props> {
  let pending: Promise<ComponentType<Props>> | undefined;
  let fetched: ComponentType<Props> | undefined;

  function ask(): Promise<ComponentType<Props>> {
    pending ??= fetchPart().then(
      (part) => (fetched = part),
      (error: unknown) => {
        pending = undefined;
        throw error;
      },
    );
    return pending;
  }

  function Part(props: Props) {
    const [Fetched, setFetched] = useState<ComponentType<Props> | undefined>(() => fetched);
    const [failures, setFailures] = useState(0);
    const fetchIt = useCallback(() => {
      ask().then(
        (part) => setFetched(() => part),
        (error: unknown) => {
          tellFailure(error);
          setFailures((before) => before + 1);
        },
      );
    }, []);
    useEffect(() => {
      if (failures === 0) {
        // Also where it is there: it may have come between rendering and now.
        fetchIt();
        return undefined;
      }
      const afterMs = Math.min(RETRY_MIN_MS * 2 ** (failures - 1), RETRY_MAX_MS);
      const timer = setTimeout(fetchIt, afterMs);
      return () => clearTimeout(timer);
    }, [failures, fetchIt]);
    if (Fetched !== undefined) return <Fetched {...props} />;
    return <Absent hasFailed={failures > 0} onAgain={fetchIt} />;
  }

  // What fails here is asked for again when the part is drawn, which then says so.
  const load = (): Promise<void> => ask().then(() => undefined, tellFailure);
  return { Part, load };
}

/** A server that is away is no fault of the page, which says so and asks again. */
function tellFailure(error: unknown): void {
  console.info("A part of the page was not loaded", error);
}

function Absent({
  hasFailed,
  onAgain,
}: {
  readonly hasFailed: boolean;
  readonly onAgain: () => void;
}) {
  const texts = useMessages(TEXTS);
  if (!hasFailed) return <p class="hint">{texts.loading}</p>;
  return (
    <p class="fault" role="alert">
      {texts.failed}{" "}
      <button type="button" onClick={onAgain}>
        {texts.again}
      </button>
    </p>
  );
}
