// Preloaded into wrangler: variables for the Worker come in the environment and become `--var` here.
// They are secrets, and the command line of a process can be read by everybody on the machine.
// Of a variable that .dev.vars sets as well, wrangler takes the one of the command line.
const vars = JSON.parse(process.env.TACHOGRAPH_WORKER_VARS ?? "{}");
delete process.env.TACHOGRAPH_WORKER_VARS;
for (const [name, value] of Object.entries(vars)) process.argv.push("--var", `${name}:${value}`);
