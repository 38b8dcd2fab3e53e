import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { parseStartOptions } from "../../../scripts/lib/start-options.ts";
import { DEFAULT_URL, DEVELOPMENT_TOKEN } from "../../../src/cli/args/global-options.ts";
import { type Answering, ApiServer } from "./support/api-server.ts";
import { liveBody } from "./support/live-body.ts";
import { runArgs } from "./support/run-args.ts";

let server: ApiServer | undefined;

async function serve(answering: Answering): Promise<string> {
  server = await ApiServer.start(answering);
  return server.url;
}

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe("the command line", () => {
  it("prints its help and its version on stdout", async () => {
    const help = await runArgs(["--help"]);
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toContain("Examples:");
    expect(help.stdout).toContain("TACHOGRAPH_TOKEN");
    expect(await runArgs(["--version"])).toMatchObject({ exitCode: 0 });
  });

  it("has a help page with examples for every command", async () => {
    const { stdout } = await runArgs(["--help"]);
    const [, list = ""] = stdout.split("Commands:");
    const names = [
      ...list
        .split("\n\n", 1)
        .join("")
        .matchAll(/^ {2}([a-z]+)/gm),
    ]
      .map(([, name = ""]) => name)
      .filter((name) => name !== "help");
    expect(names).toEqual(expect.arrayContaining(["status", "top", "tail", "alerts", "report"]));
    for (const name of names) {
      const page = await runArgs([name, "--help"]);
      expect(page).toMatchObject({ exitCode: 0, stderr: "" });
      expect(page.stdout).toMatch(/Examples:|Commands:/);
      expect(page.stdout).toContain("--json");
    }
  });

  it.each([
    [["stats"], "Did you mean status?"],
    [["status", "--jsn"], "Did you mean --json?"],
    [["--timeout", "soon", "status"], "It must be a duration"],
    [["--url", "ftp://x", "status"], "--url must be the address"],
    [["--url", "http://ana:key@x", "status"], "--url must have no user"],
    [["--token", "a b", "status"], "--token must be"],
    [["status", "more"], "too many arguments"],
    [["top", "--window", "2m"], "1m, 5m, 1h"],
    [["tail", "--limit", "0"], "It must be an integer from 1"],
    [["tail", "--targets", "<script>"], "It must be names"],
    [["report"], "--daily [DATE] or --weekly [WEEK]"],
    [["report", "--daily", "2026-02-30"], "--daily must be a day"],
    [["report", "--weekly", "2026-W99"], "--weekly must be a week"],
    [["alerts", "--from", "2026-11-20"], "are of --history"],
    [["alerts", "silence", "--list", "--target", "meta"], "--list does not go with --target"],
    [["alerts", "silence", "--end", "s1", "--for", "2h"], "--end does not go with --for"],
    [["tail", "--json", "--operations"], "--operations is of lines"],
    [["status", "--timeout", "2h"], "It may be 1h at most"],
    [["export", "csv", "--all", "--output", ""], "It must be the path of a file"],
    [["send", "--", "sh", "-c", "exit 7"], "tachograph send TARGET -- sh -c exit 7"],
    [["send", "--", "false"], "tachograph send TARGET -- false"],
    [["send", "job", "--", ""], "has no name"],
    [["alerts", "silence", "--for", "2h", "--why", "x"], "say what to silence"],
    [[], "Usage:"],
  ])("refuses %j with 64, and says what is wrong", async (args, said) => {
    const { exitCode, stdout, stderr } = await runArgs(args);
    expect(exitCode).toBe(64);
    expect(stdout).toBe("");
    expect(stderr).toContain(said);
  });

  it("looks where `npm start` is, with the token that is there", () => {
    const started = parseStartOptions([]);
    expect(started).toMatchObject({ options: { port: Number(new URL(DEFAULT_URL).port) } });
    const { TOKENS = "" } = parseEnv(readFileSync(".dev.vars.example", "utf8"));
    expect(JSON.parse(TOKENS)).toMatchObject({ [DEVELOPMENT_TOKEN]: { scopes: ["admin"] } });
  });
});

describe("what can go wrong", () => {
  const whoami = (url: string, more: readonly string[] = []) =>
    runArgs(["whoami", "--url", url, ...more]);

  it("says that nothing answers, and what to do", async () => {
    const url = await serve(() => ({}));
    await server?.close();
    server = undefined;
    const { exitCode, stderr, stdout } = await whoami(url);
    expect(exitCode).toBe(3);
    expect(stdout).toBe("");
    expect(stderr).toContain(`Nothing answers at ${url}: the connection is refused`);
    expect(stderr).toContain("npm start");
  });

  it("gives up after the timeout", async () => {
    const url = await serve(() => undefined);
    const { exitCode, stderr } = await whoami(url, ["--timeout", "50ms"]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("within 0.05 s");
  });

  it("says which token was refused, and how to give another", async () => {
    const url = await serve(() => ({ status: 401, json: { detail: "This token is not known." } }));
    const refused = await whoami(url, ["--token", "wrong"]);
    expect(refused.exitCode).toBe(77);
    expect(refused.stderr).toContain("This token is not known.");
    expect(refused.stderr).toContain("The token of --token was refused");
    expect(refused.stderr).not.toContain("wrong");
    const none = await whoami(url);
    expect(none.stderr).toContain("local development");
    const fromEnv = await runArgs(["whoami"], {
      env: { TACHOGRAPH_URL: url, TACHOGRAPH_TOKEN: "secret" },
    });
    expect(fromEnv.stderr).toContain("The token of TACHOGRAPH_TOKEN was refused");
    expect(server?.received.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer wrong",
      `Bearer ${DEVELOPMENT_TOKEN}`,
      "Bearer secret",
    ]);
  });

  it("shows the faults that the server names, and nothing that moves the cursor", async () => {
    const json = {
      detail: "The body is \u001b[2Jwrong.",
      errors: [{ pointer: "/by", reason: "must be a \u202ename" }, "no fault", null],
    };
    const url = await serve(() => ({ status: 400, json }));
    const { exitCode, stderr } = await whoami(url);
    expect(exitCode).toBe(65);
    expect(stderr).toContain("The body is \\x1b[2Jwrong.");
    expect(stderr).toContain("/by must be a \\u{202e}name");
    for (const hostile of ["\u001b", "\u202e"]) expect(stderr).not.toContain(hostile);
  });

  it.each([
    ["a page", { text: "<html>" }, "is not JSON"],
    ["another shape", { json: { tenant: 1 } }, "tenant: "],
    [
      "a redirect",
      { status: 302, headers: { location: "https://x/" } },
      "redirects (302) to https://x/",
    ],
    ["a failure", { status: 500, text: "oh" }, "answered 500: oh"],
  ])("takes %s for no answer", async (_what, answer, said) => {
    const url = await serve(() => answer);
    const { exitCode, stderr } = await whoami(url);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(said);
  });

  it("sends a development token to this machine alone", async () => {
    const { stderr } = await runArgs(["whoami", "--url", "http://tacho.invalid", "--verbose"]);
    expect(stderr).not.toContain(DEVELOPMENT_TOKEN);
    const url = await serve(() => ({ json: liveBody() }));
    expect((await whoami(url, ["--verbose"])).stderr).toContain(DEVELOPMENT_TOKEN);
  });
});
