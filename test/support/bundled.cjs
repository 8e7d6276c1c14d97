// Runs the published bundle, as bin/run.js does.
require('../../dist/attune.cjs').main(process.argv.slice(2));
