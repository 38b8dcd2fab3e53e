import { accessibility } from "./accessibility-checks.ts";
import { alerts } from "./alert-checks.ts";
import { cards } from "./card-checks.ts";
import { clocks } from "./clock-checks.ts";
import { fakedStream } from "./faked-stream-checks.ts";
import { history } from "./history-checks.ts";
import { keyboard } from "./keyboard-checks.ts";
import { outage } from "./outage-checks.ts";
import { performanceTheme } from "./performance-checks.ts";
import { restart } from "./restart-checks.ts";
import { screenshots } from "./screenshot-checks.ts";
import { serving } from "./serving-checks.ts";
import { signIn } from "./sign-in-checks.ts";
import type { Theme } from "./stage.ts";
import { tracedCalls } from "./traced-call-checks.ts";
import { trial } from "./trial-checks.ts";

/**
 * In the order in which they are run: the first ones want a system without data, and the last ones
 * break it.
 */
export const THEMES: readonly Theme[] = [
  serving,
  signIn,
  cards,
  tracedCalls,
  history,
  alerts,
  trial,
  keyboard,
  screenshots,
  accessibility,
  fakedStream,
  clocks,
  performanceTheme,
  outage,
  restart,
];
