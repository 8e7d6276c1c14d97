/**
 * The user's directories, for the entry points: bin/run.js and bin/executable/main.cjs need them before they load the program.
 * src/platform/paths.ts applies the same rules to an environment that is passed in; it cannot be shared, because an older Node
 * runs this file before bin/run.js hands over.
 */
const { statSync } = require('node:fs');
const { homedir } = require('node:os');
const { dirname, isAbsolute, join, parse } = require('node:path');

/** Sets HOME if the user id has no home directory, because libraries look it up while they are loaded. */
exports.ensureHome = () => {
  try {
    homedir();
  } catch {
    process.env.HOME = parse(process.execPath).root;
  }
};

/**
 * Returns whether this process is root and the directory, or its nearest existing parent, belongs to another user. True for a
 * path that cannot be inspected, such as a link to itself: the start must not fail because of a cache.
 */
exports.isOfOtherUser = function isOfOtherUser(directory) {
  if (process.geteuid?.() !== 0) return false;
  try {
    const stats = statSync(directory, { throwIfNoEntry: false });
    if (stats === undefined && dirname(directory) !== directory) return isOfOtherUser(dirname(directory));
    return stats !== undefined && stats.uid !== 0;
  } catch {
    return true;
  }
};

/** Returns the path of attune's cache, which may not exist. */
exports.cacheDirectory = () => {
  const { ATTUNE_CACHE_DIR, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (ATTUNE_CACHE_DIR) return ATTUNE_CACHE_DIR.replace(/^~(?=\/|$)/, () => homedir());
  if (XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, 'attune');
  if (process.platform !== 'win32') return join(homedir(), '.cache', 'attune');
  return join(LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'attune', 'cache');
};
