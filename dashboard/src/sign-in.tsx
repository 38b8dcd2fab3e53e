import { useEffect, useRef } from "preact/hooks";
import { Waiting } from "./frame/waiting.tsx";
import { messages, useMessages } from "./i18n/language.ts";
import type { SignInFault } from "./use-sign-in.ts";

const TEXTS = messages(
  {
    title: "Sign in",
    token: "Token",
    signIn: "Sign in",
    empty: "Paste a token first: there was nothing to sign in with.",
    malformed:
      "A token is made of letters, digits and . _ ~ + - only, 256 at most: check what you pasted.",
    refused: "The server does not take this token:",
    elsewhere: "You signed out in another tab of this browser.",
    help: "A token with the scope read, from the secret TOKENS. It is kept in this browser only.",
    local: "After npm start: dev-read to look, dev-admin to acknowledge, silence and open, too.",
  },
  {
    title: "Entrar",
    token: "Token",
    signIn: "Entrar",
    empty: "Cole um token primeiro: o campo estava vazio.",
    malformed:
      "Um token tem somente letras, dígitos e . _ ~ + -, no máximo 256: confira o que foi colado.",
    refused: "O servidor não aceita este token:",
    elsewhere: "Você saiu em outra aba deste navegador.",
    help: "Um token com o escopo read, do secret TOKENS. Ele fica somente neste navegador.",
    local:
      "Depois de npm start: dev-read para ver, dev-admin também para reconhecer, silenciar e abrir.",
  },
);

/** Asks for a token, and says what became of the last one. */
export function SignIn({
  fault,
  isTrying,
  onToken,
}: {
  readonly fault: SignInFault | undefined;
  readonly isTrying: boolean;
  readonly onToken: (token: string) => void;
}) {
  const texts = useMessages(TEXTS);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [fault]);
  return (
    <section id="sign-in" class="card narrow" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">{texts.title}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // Asked of the field itself: a password manager may fill it in without telling.
          onToken(field.current?.value ?? "");
        }}
      >
        {/* Password managers keep a token by the name that goes with it. */}
        <input
          type="text"
          name="username"
          autocomplete="username"
          value="tachograph"
          hidden
          readOnly
        />
        <label htmlFor="token">{texts.token}</label>
        <div class="field">
          <input
            ref={field}
            id="token"
            name="token"
            type="password"
            autocomplete="current-password"
            autocapitalize="none"
            spellcheck={false}
            aria-invalid={fault !== undefined}
            aria-describedby="sign-in-error token-help"
            required
          />
          <button type="submit">{texts.signIn}</button>
        </div>
        <p id="sign-in-error" class="fault" role="alert">
          {fault?.kind === "empty" && texts.empty}
          {fault?.kind === "malformed" && texts.malformed}
          {fault?.kind === "refused" && `${texts.refused} ${fault.detail}`}
          {fault?.kind === "left" && fault.reason}
          {fault?.kind === "elsewhere" && texts.elsewhere}
        </p>
        {isTrying && <Waiting />}
        <p id="token-help" class="hint">
          {texts.help}
          <br />
          {texts.local}
        </p>
      </form>
    </section>
  );
}
