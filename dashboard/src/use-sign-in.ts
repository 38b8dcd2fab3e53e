import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { loadCards } from "./board.tsx";
import { pastedToken } from "./pasted-token.ts";
import { Session } from "./session.ts";
import { TOKEN_PATTERN } from "../../src/token-pattern.ts";
import { forgetToken, onForgotten, storedToken, storeToken } from "./token-store.ts";

/** Why nobody is signed in. */
export type SignInFault =
  /** There was none. */
  | { readonly kind: "empty" }
  /** It cannot be a token. */
  | { readonly kind: "malformed" }
  /** The server refuses it: what it said. */
  | { readonly kind: "refused"; readonly detail: string }
  /** The user wanted to do what needs another one: a sentence to show. */
  | { readonly kind: "left"; readonly reason: string }
  /** The user signed out in another tab of this browser. */
  | { readonly kind: "elsewhere" };

/** Who is signed in, or tries to be. */
interface SignedIn {
  /** `trying` until the server's first frame. */
  readonly stage: "out" | "trying" | "in";
  /** Absent when out. */
  readonly session: Session | undefined;
  /** Whether the token was kept from an earlier visit. */
  readonly isStored: boolean;
  /** Why the last try, or the session, ended; undefined if nothing went wrong. */
  readonly fault: SignInFault | undefined;
}

const OUT: SignedIn = { stage: "out", session: undefined, isStored: false, fault: undefined };

/** Signs in with the token that this browser keeps, or with one that is given; one at a time. */
export function useSignIn(): SignedIn & {
  readonly signIn: (token: string) => void;
  readonly signOut: () => void;
} {
  const [entry, enter] = useState<SignedIn>(() => ({ ...OUT, isStored: storedToken() !== null }));
  const current = useRef<Session | undefined>(undefined);

  const leave = useCallback((fault: SignInFault | undefined) => {
    const session = current.current;
    current.current = undefined;
    if (session !== undefined) {
      session.close();
      forgetToken(session.token);
    }
    enter({ ...OUT, fault });
  }, []);

  const open = useCallback(
    (token: string, isStored: boolean) => {
      if (!TOKEN_PATTERN.test(token)) {
        forgetToken(token);
        leave({ kind: "malformed" });
        return;
      }
      // Pressed twice: it is being tried already.
      if (current.current?.token === token) return;
      current.current?.close();
      const session = new Session({
        token,
        onAccepted: () => {
          if (current.current !== session) return;
          storeToken(token);
          enter((before) => ({ ...before, stage: "in" }));
        },
        onRefused: (detail) => {
          if (current.current === session) leave({ kind: "refused", detail });
        },
        onLeave: (reason) => {
          if (current.current === session) leave({ kind: "left", reason });
        },
      });
      current.current = session;
      enter({ stage: "trying", session, isStored, fault: undefined });
      // While the server makes up its mind.
      void loadCards();
    },
    [leave],
  );

  useEffect(() => {
    const token = storedToken();
    if (token !== null) open(token, true);
  }, [open]);

  useOutsideEvents(entry.session, leave);

  const signIn = useCallback(
    (text: string) => {
      const token = pastedToken(text);
      if (token === "") leave({ kind: "empty" });
      else open(token, false);
    },
    [open, leave],
  );
  const signOut = useCallback(() => leave(undefined), [leave]);
  return { ...entry, signIn, signOut };
}

/** Hears that the network or the user is back, and that the user signed out in another tab. */
function useOutsideEvents(session: Session | undefined, leave: (fault: SignInFault) => void): void {
  useEffect(() => {
    if (session === undefined) return undefined;
    const hurry = (): void => session.hurry();
    addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
    const unheed = onForgotten(session.token, () => leave({ kind: "elsewhere" }));
    return () => {
      unheed();
      removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
    };
  }, [session, leave]);
}
