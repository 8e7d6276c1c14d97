// Runs command lines, for bin/parts.ts, which gives them as JSON: those of each part.
//
//     node run-lines.cjs modules DIRECTORY     writes which modules each part was the first to load into modules.json
//     node run-lines.cjs code DIRECTORY        writes what V8 compiled of each part into attune-PART.code, where there is none
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { basename, join } = require('node:path');
const { constants, Script } = require('node:vm');
const { partLoader } = require('../executable/load-parts.cjs');

const [what, directory] = process.argv.slice(2);
({ modules, code })[what](JSON.parse(readFileSync(0, 'utf8')));

async function run({ main }, lines) {
  for (const words of lines) {
    await main(words, '.');
    if (process.exitCode) throw new Error(`attune ${words.join(' ')} ended with ${process.exitCode}`);
  }
}

async function modules(parts) {
  const program = createRequire(join(directory, 'main.js'))('./main.js');
  const known = new Set();
  const first = [];
  for (const { name, lines } of parts) {
    await run(program, lines);
    const loaded = Object.keys(require.cache).filter((file) => !known.has(file));
    for (const file of loaded) {
      known.add(file);
      first.push([basename(file), name]);
    }
  }
  writeFileSync(join(directory, 'modules.json'), JSON.stringify(first));
}

async function code(parts) {
  const scripts = new Map();
  const scriptOf = (part) => {
    const source = readFileSync(join(directory, `attune-${part}.cjs`), 'latin1');
    const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    scripts.set(part, new Script(source, { filename: `attune-${part}.cjs`, importModuleDynamically }));
    return scripts.get(part);
  };
  const program = partLoader(scriptOf, createRequire(__filename))('attune:main/main.js');
  for (const { lines } of parts) await run(program, lines);
  for (const [part, script] of scripts) {
    const file = join(directory, `attune-${part}.code`);
    if (!existsSync(file)) writeFileSync(file, script.createCachedData());
  }
}
