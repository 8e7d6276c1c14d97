// Runs the command lines that it reads as JSON with a bundle, then writes what V8 compiled of it.
// node keep-code.cjs BUNDLE OUTPUT
const { readFileSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { constants, Script } = require('node:vm');

const [bundle, output] = process.argv.slice(2);
const script = new Script(readFileSync(bundle, 'latin1'), {
  filename: 'attune.cjs',
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const holder = { exports: {} };
script.runInThisContext()(holder.exports, createRequire(__filename), holder, 'attune.cjs', '.');

(async () => {
  for (const words of JSON.parse(readFileSync(0, 'utf8'))) {
    await holder.exports.main(words, '.');
    if (process.exitCode) throw new Error(`attune ${words.join(' ')} ended with ${process.exitCode}`);
  }
  writeFileSync(output, script.createCachedData());
})();
