// The main script of the standalone executable. It is all that Node compiles anew at each start, so it does little: the
// version at once, else the parts of the bundle that are needed, each with the code that V8 compiled of it when the
// executable was built.
const { dirname, parse } = require('node:path');
const { getAsset, getAssetKeys, getRawAsset } = require('node:sea');
const { constants, Script } = require('node:vm');
const { partLoader } = require('./load-parts.cjs');

const words = process.argv.slice(2);
if (words.length !== 1 || words[0] !== '--version' || !saidVersion()) start();

/** Without Node's standard output, which loads its networking; false where that has to wait or fails. */
function saidVersion() {
  try {
    require('node:fs').writeSync(1, getAsset('version', 'utf8'));
    return true;
  } catch {
    return false;
  }
}

function start() {
  // A user id without a name has no home unless somebody says so, and libraries ask for it while they are loaded.
  if (!process.env.HOME) {
    try {
      require('node:os').homedir();
    } catch {
      process.env.HOME = parse(process.execPath).root;
    }
  }
  const { main } = partLoader(scriptOf, require)('attune:main/main.js');
  main(words, dirname(process.execPath)).then(() => setImmediate(endSoon));
}

function scriptOf(part) {
  const built = hasCode();
  const script = new Script(Buffer.from(getRawAsset(`attune-${part}.cjs`)).latin1Slice(), {
    filename: `attune-${part}.cjs`,
    cachedData: built ? builtCode(part) : keptCode(part),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (!built && script.cachedDataRejected !== false) process.on('exit', () => keepCode(part, script));
  return script;
}

/** Where nothing is left to wait for, there is no need to take everything apart either. */
function endSoon() {
  if (process.getActiveResourcesInfo().length === 0) process.exit();
}

/** Of all parts that a start may load; one that was built on another system has none. */
function hasCode() {
  return getAssetKeys().includes('attune-main.code');
}

function builtCode(part) {
  const name = `attune-${part}.code`;
  return getAssetKeys().includes(name) ? Buffer.from(getRawAsset(name)) : undefined;
}

// An executable that was built on another system has no compiled code: it keeps its own, in the user's cache.

function codeFile(part) {
  const { homedir } = require('node:os');
  const { join } = require('node:path');
  const { ATTUNE_CACHE_DIR, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const users = XDG_CACHE_HOME || (process.platform === 'win32' ? LOCALAPPDATA : join(homedir(), '.cache'));
  const cache = ATTUNE_CACHE_DIR || (users && join(users, 'attune'));
  return cache && join(cache, 'code', `${getAsset('digest', 'utf8')}-${part}.v8`);
}

/** Behind a checksum, for V8 trusts what it is given. */
function keptCode(part) {
  try {
    const file = require('node:fs').readFileSync(codeFile(part));
    const code = file.subarray(4);
    return require('node:zlib').crc32(code) === file.readUInt32LE() ? code : undefined;
  } catch {
    return undefined;
  }
}

function keepCode(part, script) {
  try {
    const { mkdirSync, renameSync, writeFileSync } = require('node:fs');
    const file = codeFile(part);
    const code = script.createCachedData();
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(require('node:zlib').crc32(code));
    mkdirSync(require('node:path').dirname(file), { recursive: true, mode: 0o700 });
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, Buffer.concat([checksum, code]), { mode: 0o600, flag: 'wx' });
    renameSync(temporary, file);
  } catch {
    // Another start may have more luck.
  }
}
