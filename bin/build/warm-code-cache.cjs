// Runs command lines in one process, then writes the code that V8 compiled of the bundle. code-cache.ts starts it.
//
//     node warm-code-cache.cjs SCRIPT CODE     reads the command lines from standard input, as JSON
const { readFileSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { Script } = require('node:vm');

const [source, code] = process.argv.slice(2);
warm(JSON.parse(readFileSync(0, 'utf8')));

async function warm(commandLines) {
  const script = new Script(readFileSync(source, 'utf8'), { filename: 'attune.cjs', lineOffset: -1 });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(__filename), module);
  for (const args of commandLines) {
    await module.exports.main(args, '.');
    if (process.exitCode) throw new Error(`attune ${args.join(' ')} exited with status ${process.exitCode}`);
  }
  writeFileSync(code, script.createCachedData());
}
