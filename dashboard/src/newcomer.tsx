import { messages, useMessages } from "./i18n/language.ts";
import { CodeBlock } from "./parts/code-block.tsx";
import { useLive } from "./session.ts";

const TEXTS = messages(
  {
    title: "Nothing measured yet",
    intro:
      "Tachograph is running and this page is connected. It fills by itself a second or two after the first timing, by any of these ways:",
    worker: "In a Worker",
    bind: "Bind Tachograph to the Worker that calls other people's APIs:",
    paste: "Then paste three lines where it calls them:",
    shell: "From a shell",
    curl: "One timing over HTTP, with a token that may ingest (after npm start: dev-ingest):",
    cli: "Or with the command line, which reads the address and the token from the environment:",
    bindLabel: "wrangler.toml",
    pasteLabel: "three lines for a Worker",
    curlLabel: "a timing with curl",
    cliLabel: "a timing with npx tachograph",
  },
  {
    title: "Nada medido ainda",
    intro:
      "O Tachograph está no ar e esta página está conectada. Ela se preenche sozinha um ou dois segundos depois da primeira medição, por qualquer um destes caminhos:",
    worker: "Em um Worker",
    bind: "Vincule o Tachograph ao Worker que chama as APIs de terceiros:",
    paste: "Depois cole três linhas onde ele as chama:",
    shell: "Pelo shell",
    curl: "Uma medição por HTTP, com um token de escopo ingest (depois de npm start: dev-ingest):",
    cli: "Ou pela linha de comando, que lê o endereço e o token do ambiente:",
    bindLabel: "wrangler.toml",
    pasteLabel: "três linhas para um Worker",
    curlLabel: "uma medição com curl",
    cliLabel: "uma medição com npx tachograph",
  },
);

const LINES = `import { tachograph } from "tachograph/client";

const tacho = tachograph(env.TACHOGRAPH, ctx);
const response = await tacho.fetch("meta", "events", request);`;

/** What to do where nothing was ever measured. */
export function Newcomer() {
  const texts = useMessages(TEXTS);
  const tenant = useLive(({ latest }) => latest?.tenant) ?? "default";
  const origin = location.origin;
  return (
    <section id="newcomer" class="card" aria-labelledby="newcomer-title">
      <h2 id="newcomer-title">{texts.title}</h2>
      <p>{texts.intro}</p>
      <div class="ways">
        <div>
          <h3>{texts.worker}</h3>
          <p>{texts.bind}</p>
          <CodeBlock label={texts.bindLabel} code={bindingFor(tenant)} />
          <p>{texts.paste}</p>
          <CodeBlock label={texts.pasteLabel} code={LINES} />
        </div>
        <div>
          <h3>{texts.shell}</h3>
          <p>{texts.curl}</p>
          <CodeBlock label={texts.curlLabel} code={curlFor(origin)} />
          <p>{texts.cli}</p>
          <CodeBlock label={texts.cliLabel} code={commandFor(origin)} />
        </div>
      </div>
    </section>
  );
}

function bindingFor(tenant: string): string {
  return `# wrangler.toml
[[services]]
binding = "TACHOGRAPH"
service = "tachograph"
entrypoint = "Ingest"
props = { tenant = "${tenant}" }`;
}

function curlFor(origin: string): string {
  return `curl -H 'Authorization: Bearer TOKEN' ${origin}/v1/timings \\
  -d '{"timings":[{"target":"meta","operation":"events","durationMs":183.25}]}'`;
}

function commandFor(origin: string): string {
  return `export TACHOGRAPH_URL=${origin} TACHOGRAPH_TOKEN=TOKEN
npx tachograph send meta --duration-ms 183`;
}
