import { useCallback } from "preact/hooks";
import { Store, useStore } from "./store.ts";
import { addressOf, isStep, viewOf, type ViewState } from "./view-state.ts";

const view = new Store<ViewState>(viewOf(new URL(location.href)));

/** What is shown, as the page's address says it. */
export function useView(): ViewState {
  return useStore(view, whole);
}

/** Changes a part of what is shown, and the page's address with it. */
export function useSetView(): (part: Partial<ViewState>) => void {
  return useCallback(setView, []);
}

/** Follows the address when the user goes back, or edits it. @returns what ends that. */
export function followAddress(): () => void {
  const read = (): void => view.set(viewOf(new URL(location.href)));
  addEventListener("popstate", read);
  addEventListener("hashchange", read);
  return () => {
    removeEventListener("popstate", read);
    removeEventListener("hashchange", read);
  };
}

function setView(part: Partial<ViewState>): void {
  const before = view.value;
  view.set({ ...before, ...part });
  const address = addressOf(view.value, new URL(location.href));
  if (isStep(before, view.value)) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

function whole(state: ViewState): ViewState {
  return state;
}
