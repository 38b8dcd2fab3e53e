import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Board } from "./board.tsx";
import { Notices } from "./frame/notices.tsx";
import { Waiting } from "./frame/waiting.tsx";
import { LanguageContext, preferredLanguage } from "./i18n/language.ts";
import { SessionContext } from "./session.ts";
import { SignIn } from "./sign-in.tsx";
import { TopBar } from "./top-bar.tsx";
import { useSignIn } from "./use-sign-in.ts";
import { followAddress, useView } from "./view.ts";

/** The page: signed out with a form, or signed in with a stream. */
export function App() {
  const { language, theme } = useView();
  const shown = language ?? preferredLanguage(navigator.languages);
  const { stage, session, isStored, fault, signIn, signOut } = useSignIn();
  const main = useRef<HTMLElement>(null);
  useEffect(() => followAddress(), []);
  useLayoutEffect(() => {
    document.documentElement.lang = shown;
    document.documentElement.dataset["theme"] = theme;
  }, [shown, theme]);
  useEffect(() => {
    // The form, which had the focus, is gone. A visit that needed none leaves the focus alone.
    if (stage === "in" && !isStored) main.current?.focus();
  }, [stage, isStored]);
  const isIn = stage === "in";
  // A token of an earlier visit is nearly always good: a form that is gone at once would flicker.
  const isReturning = isStored && stage !== "in" && fault === undefined;
  return (
    <LanguageContext.Provider value={shown}>
      <SessionContext.Provider value={session}>
        <TopBar isSignedIn={isIn} onSignOut={signOut} />
        <main id="main" ref={main} tabIndex={-1}>
          {isIn && (
            <>
              <Notices />
              <Board />
            </>
          )}
          {isReturning && <Waiting onOther={signOut} />}
          {!isIn && !isReturning && (
            <SignIn fault={fault} isTrying={stage === "trying"} onToken={signIn} />
          )}
        </main>
      </SessionContext.Provider>
    </LanguageContext.Provider>
  );
}
