import { createContext } from "preact";
import { useContext } from "preact/hooks";

export const LANGUAGES = ["en", "pt-BR"] as const;

export type Language = (typeof LANGUAGES)[number];

/** A text, or what makes one of values that are already formatted. */
type Text = string | ((...values: never[]) => string);

/** The texts of one part of the page in every language. */
type Messages<Texts> = Readonly<Record<Language, Texts>>;

/** Texts in English and in the Portuguese of Brazil; one that lacks does not compile. */
export function messages<Texts extends Readonly<Record<string, Text>>>(
  en: Texts,
  ptBr: NoInfer<Texts>,
): Messages<Texts> {
  return { en, "pt-BR": ptBr };
}

/** The language in which the page is shown. */
export const LanguageContext = createContext<Language>("en");

/** The texts of a part in the page's language. */
export function useMessages<Texts>(texts: Messages<Texts>): Texts {
  return texts[useContext(LanguageContext)];
}

/** The texts of a part in the page's language, for what is not a component. */
export function textsNow<Texts>(texts: Messages<Texts>): Texts {
  const shown = document.documentElement.lang;
  return texts[LANGUAGES.find((language) => language === shown) ?? "en"];
}

/** The language that a browser asks for first and that there is; English if there is none. */
export function preferredLanguage(asked: readonly string[]): Language {
  for (const tag of asked) {
    if (tag.toLowerCase().startsWith("pt")) return "pt-BR";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}
