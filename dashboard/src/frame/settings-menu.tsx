import { useEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { type Language, messages, preferredLanguage, useMessages } from "../i18n/language.ts";
import { Choice } from "../parts/choice.tsx";
import { useSetView, useView } from "../view.ts";
import { THEMES } from "../view-state.ts";

const TEXTS = messages(
  {
    settings: "Settings",
    language: "Language",
    theme: "Colours",
    auto: "as the device",
    light: "light",
    dark: "dark",
  },
  {
    settings: "Configurações",
    language: "Idioma",
    theme: "Cores",
    auto: "do dispositivo",
    light: "claras",
    dark: "escuras",
  },
);

// Each in its own words, so that it is found by who reads no other.
const LANGUAGE_OPTIONS: readonly { readonly value: Language; readonly label: string }[] = [
  { value: "en", label: "English" },
  { value: "pt-BR", label: "Português" },
];

/** Language and colours, below a button; and what else belongs there. */
export function SettingsMenu({
  label,
  children,
}: {
  /** Beside the button's symbol: whose page it is. */
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  const texts = useMessages(TEXTS);
  const { language, theme } = useView();
  const setView = useSetView();
  const menu = useClosingMenu();
  const themes = THEMES.map((value) => ({ value, label: texts[value] }));
  return (
    <details ref={menu} class="menu">
      <summary>
        <span aria-hidden="true">⚙</span> <span class="visually-hidden">{texts.settings}</span>
        <span id="tenant">{label}</span>
      </summary>
      <div class="panel">
        {children}
        <Choice
          name="language"
          legend={texts.language}
          options={LANGUAGE_OPTIONS}
          value={language ?? preferredLanguage(navigator.languages)}
          onChange={(chosen) => setView({ language: chosen })}
        />
        <Choice
          name="theme"
          legend={texts.theme}
          options={themes}
          value={theme}
          onChange={(chosen) => setView({ theme: chosen })}
        />
      </div>
    </details>
  );
}

/** A `details` that closes on Escape, and when the user goes elsewhere. */
function useClosingMenu() {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const closeOnEscape = ({ key }: KeyboardEvent): void => {
      const details = menu.current;
      if (key !== "Escape" || details === null || !details.open) return;
      details.open = false;
      details.querySelector("summary")?.focus();
    };
    const closeElsewhere = ({ target }: Event): void => {
      const details = menu.current;
      if (details?.open && target instanceof Node && !details.contains(target)) {
        details.open = false;
      }
    };
    document.addEventListener("keydown", closeOnEscape);
    document.addEventListener("pointerdown", closeElsewhere);
    document.addEventListener("focusin", closeElsewhere);
    return () => {
      document.removeEventListener("keydown", closeOnEscape);
      document.removeEventListener("pointerdown", closeElsewhere);
      document.removeEventListener("focusin", closeElsewhere);
    };
  }, []);
  return menu;
}
