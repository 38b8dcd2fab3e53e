// Preloaded into every Node process of the system under test: its Worker takes the tokens that the
// environment names instead of those of .dev.vars, so that one of them can have expired. Only the
// command that runs a Worker takes variables.
const { BROWSER_SUITE_TOKENS: tokens, TACHOGRAPH_WORKER_VARS: vars } = process.env;
if (tokens !== undefined && vars !== undefined && process.argv.includes("dev")) {
  process.env.TACHOGRAPH_WORKER_VARS = JSON.stringify({ ...JSON.parse(vars), TOKENS: tokens });
}
