import type { Progress } from "../../../../bench/lib/progress.ts";

/** Keeps what was said. */
export class QuietProgress implements Progress {
  readonly said: string[] = [];

  begin(what: string): void {
    this.said.push(`begin ${what}`);
  }

  say(text: string): void {
    this.said.push(text);
  }

  tell(text: string): void {
    this.said.push(`told: ${text}`);
  }

  finish(): void {
    this.said.push("finish");
  }

  close(): void {}
}
