// The program as it is published: the bundle, started as bin/run.js does.
const { dirname } = require('node:path');

require('../../dist/attune.cjs').main(process.argv.slice(2), dirname(dirname(__dirname)));
