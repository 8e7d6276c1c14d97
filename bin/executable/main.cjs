// The main script of the standalone executable. Node compiles it at each start, so it is short: it prints the version, or runs
// the bundle with the code that V8 compiled when the executable was built.
const { dirname, join } = require('node:path');
const { getAsset, getAssetKeys, getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
const { cacheDirectory, ensureHome, isOfOtherUser } = require('../user-directories.cjs');

const args = process.argv.slice(2);
if (args.length !== 1 || args[0] !== '--version' || !printVersion()) start();

/** Prints the version, without Node's standard output, which loads networking. @returns false if it cannot be written at once */
function printVersion() {
  try {
    require('node:fs').writeSync(1, getAsset('version', 'utf8'));
    return true;
  } catch {
    return false;
  }
}

function start() {
  ensureHome();
  const module = { exports: {} };
  bundleScript().runInThisContext()(module.exports, require, module);
  module.exports.main(args, dirname(process.execPath)).then(() => setImmediate(exitWhenIdle));
}

/** Exits without Node's teardown if nothing is pending. */
function exitWhenIdle() {
  if (process.getActiveResourcesInfo().length === 0) process.exit();
}

function bundleScript() {
  const isCompiled = getAssetKeys().includes('code');
  const script = new Script(Buffer.from(getRawAsset('script')).latin1Slice(), {
    filename: 'attune.cjs',
    // The bundle begins on the second line of the script.
    lineOffset: -1,
    cachedData: isCompiled ? Buffer.from(getRawAsset('code')) : readCachedCode(),
  });
  if (!isCompiled && script.cachedDataRejected !== false) process.on('exit', () => writeCachedCode(script));
  return script;
}

// An executable that was built on another system contains no compiled code. It keeps its own in the user's cache.

function cachedCodeFile() {
  return join(cacheDirectory(), 'code', `${getAsset('digest', 'utf8')}.v8`);
}

/** Returns the cached code if its checksum matches; V8 itself does not detect damage. */
function readCachedCode() {
  try {
    const file = require('node:fs').readFileSync(cachedCodeFile());
    const code = file.subarray(4);
    return require('node:zlib').crc32(code) === file.readUInt32LE() ? code : undefined;
  } catch {
    return undefined;
  }
}

function writeCachedCode(script) {
  if (isOfOtherUser(cacheDirectory())) return;
  try {
    const { mkdirSync, renameSync, writeFileSync } = require('node:fs');
    const file = cachedCodeFile();
    const code = script.createCachedData();
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(require('node:zlib').crc32(code));
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, Buffer.concat([checksum, code]), { mode: 0o600, flag: 'wx' });
    renameSync(temporary, file);
  } catch {
    // The next start tries again.
  }
}
