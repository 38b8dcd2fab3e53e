import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { ApiError } from "../../api.ts";
import { OneAsk } from "./one-ask.ts";

/** What a form asks the server for. */
interface Send {
  readonly isSending: boolean;
  /** Why the last try came to nothing. */
  readonly error: ApiError | undefined;
  /**
   * Asks once at a time; `onDone` is called when the server has agreed, unless the form is gone by
   * then. See {@link OneAsk.start}.
   */
  readonly send: <Answer>(
    ask: (signal: AbortSignal) => Promise<Answer>,
    onDone: (answer: Answer) => void,
  ) => void;
  /** What is asked is not wanted any more. The same function at each rendering. */
  readonly drop: () => void;
}

/** Sends what a form holds. */
export function useSend(): Send {
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<ApiError | undefined>(undefined);
  const one = useMemo(() => new OneAsk(), []);
  useEffect(() => () => one.drop(), [one]);
  const send: Send["send"] = (ask, onDone) => {
    const isAsked = one.start(ask, {
      onAnswer: (answer) => {
        setSending(false);
        onDone(answer);
      },
      onFault: (cause) => {
        setSending(false);
        if (!(cause instanceof ApiError)) throw cause;
        setError(cause);
      },
    });
    if (!isAsked) return;
    setSending(true);
    setError(undefined);
  };
  const drop = useCallback(() => {
    one.drop();
    setSending(false);
  }, [one]);
  return { isSending, error, send, drop };
}
