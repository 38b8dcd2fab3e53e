/** @import { AlertFrame, ContentFrame, WindowName } from "../../stream-frame.ts" */
import { AlertList } from "./alert-list.js";
import { byId, setText } from "./element.js";
import { HeaderView } from "./header-view.js";
import { LiveState } from "./live-state.js";
import { LiveStream } from "./live-stream.js";
import { SeriesTable } from "./series-table.js";
import { forgetToken, storedToken, storeToken, TOKEN_PATTERN } from "./token-store.js";
import {
  isWindowName,
  noteWindowInAddress,
  windowInAddress,
  windowLabel,
} from "./window-choice.js";

const FRESHNESS_MS = 200;

/** The page: signed out with a form, or signed in with a stream. */
class Page {
  #signIn = byId("sign-in", HTMLElement);
  #tokenField = byId("token", HTMLInputElement);
  #fault = byId("sign-in-error", HTMLElement);
  #signInButton = byId("sign-in-button", HTMLButtonElement);
  #signOut = byId("sign-out", HTMLButtonElement);
  #freshness = byId("freshness", HTMLElement);
  #live = byId("live", HTMLElement);
  #seriesSection = byId("series", HTMLElement);
  #empty = byId("empty", HTMLElement);
  #emptyTenant = byId("empty-tenant", HTMLElement);
  #caption = byId("caption", HTMLElement);
  #header = new HeaderView();
  #alerts = new AlertList(byId("alerts", HTMLElement), byId("alert-rows", HTMLElement));
  #table = new SeriesTable(byId("rows", HTMLElement));
  #state = new LiveState();
  /** @type {LiveStream | undefined} */
  #stream;
  /** @type {number | undefined} */
  #lastFrameAt;
  #window = windowInAddress();
  #isPaintDue = false;

  start() {
    byId("sign-in-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#trySignIn(this.#tokenField.value.trim());
    });
    this.#signOut.addEventListener("click", () => this.#showSignIn(""));
    this.#startWindowPicker();
    setText(byId("empty-origin", HTMLElement), location.origin);
    setInterval(() => this.#paintFreshness(), FRESHNESS_MS);
    addEventListener("online", () => this.#stream?.hurry());
    document.addEventListener("visibilitychange", () => this.#stream?.hurry());
    const token = storedToken();
    if (token === null) this.#showSignIn("");
    else this.#trySignIn(token);
  }

  #startWindowPicker() {
    const picker = byId("window", HTMLFieldSetElement);
    for (const choice of picker.querySelectorAll("input")) {
      choice.checked = choice.value === this.#window;
    }
    picker.addEventListener("change", ({ target }) => {
      if (!(target instanceof HTMLInputElement) || !isWindowName(target.value)) return;
      this.#window = target.value;
      noteWindowInAddress(this.#window);
      this.#paint();
    });
  }

  /** @param {string} token */
  #trySignIn(token) {
    if (!TOKEN_PATTERN.test(token)) {
      this.#showSignIn(
        "A token is made of letters, digits and . _ ~ + - only: check what you pasted.",
      );
      return;
    }
    setText(this.#fault, "");
    this.#signInButton.disabled = true;
    this.#stream?.close();
    this.#state = new LiveState();
    this.#lastFrameAt = undefined;
    this.#freshness.hidden = false;
    this.#stream = new LiveStream({
      token,
      cursor: () => this.#state.cursor,
      onContent: (frame) => this.#take(frame, token),
      onRefused: (detail) => this.#showSignIn(detail),
    });
    this.#paintFreshness();
  }

  /** @param {string} fault - why again; empty if there is nothing wrong. */
  #showSignIn(fault) {
    this.#stream?.close();
    this.#stream = undefined;
    forgetToken();
    this.#live.hidden = true;
    this.#signOut.hidden = true;
    this.#freshness.hidden = true;
    this.#signIn.hidden = false;
    this.#signInButton.disabled = false;
    setText(this.#fault, fault);
    document.title = "Tachograph";
    this.#tokenField.focus();
    this.#tokenField.select();
  }

  /**
   * @param {ContentFrame | AlertFrame} frame
   * @param {string} token
   */
  #take(frame, token) {
    if (!this.#state.take(frame)) return false;
    this.#lastFrameAt = Date.now();
    if (this.#live.hidden) this.#showLive(token);
    if (this.#isPaintDue) return true;
    this.#isPaintDue = true;
    requestAnimationFrame(() => this.#paint());
    return true;
  }

  /** @param {string} token - known to be good. */
  #showLive(token) {
    storeToken(token);
    this.#tokenField.value = "";
    this.#signInButton.disabled = false;
    this.#signIn.hidden = true;
    this.#live.hidden = false;
    this.#signOut.hidden = false;
  }

  #paint() {
    this.#isPaintDue = false;
    const { latest, series } = this.#state;
    if (latest === undefined) return;
    this.#header.show(latest);
    this.#alerts.show(this.#state.alerts);
    this.#table.show(series, this.#window);
    this.#seriesSection.hidden = series.size === 0;
    this.#empty.hidden = series.size > 0;
    setText(this.#emptyTenant, latest.tenant);
    setText(this.#caption, `Every series over the last ${windowLabel(this.#window)}`);
    this.#paintFreshness();
  }

  #paintFreshness() {
    const stream = this.#stream;
    if (stream === undefined) return;
    const { latest } = this.#state;
    const ageMs = (latest?.staleMs ?? 0) + stream.quietMs;
    const isLive = stream.isLive;
    this.#header.showFreshness({ isLive, ageMs, lastAt: this.#lastFrameAt }, latest?.status);
  }
}

new Page().start();
