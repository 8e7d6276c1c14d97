// The calls of node:fs that change something: synchronous, with a callback, and with promises. See preload.cjs.
const { constants } = require('node:os');
const { getSystemErrorMap } = require('node:util');

const ON_PATHS = [
  ...['writeFile', 'appendFile', 'copyFile', 'mkdir', 'mkdtemp', 'rename', 'rm', 'unlink', 'rmdir', 'symlink', 'link'],
  ...['truncate', 'chmod', 'chown', 'lchown', 'utimes', 'lutimes', 'cp'],
];
/** Calls that only read, for interleavings: another process may change a file after it was inspected. */
const READING = ['stat', 'lstat', 'exists', 'access', 'readdir', 'readFile', 'readlink'];
const ON_DESCRIPTORS = ['write', 'writev', 'ftruncate', 'fchmod', 'fchown', 'futimes', 'fsync', 'fdatasync'];
const ON_HANDLES = ['write', 'writev', 'writeFile', 'appendFile', 'truncate', 'chmod', 'utimes', 'sync', 'datasync'];
/** Calls whose second argument is the path that is changed. */
const ON_SECOND = new Set(['rename', 'copyFile', 'symlink', 'link', 'cp']);

/**
 * Wraps the functions of a `node:fs` so that they call `step`.
 * @param watchesReads returns whether calls that read a path are counted as well
 */
exports.fileCalls = function fileCalls(fs, step, watchesReads) {
  const raw = { ...fs };
  const names = new Map();

  const nameOf = (name, args) => {
    if (ON_SECOND.has(name)) return args[1];
    return typeof args[0] === 'number' ? (names.get(args[0]) ?? `descriptor ${args[0]}`) : args[0];
  };
  /** Removing a missing file, creating an existing directory, and printing do not change anything. */
  const isIdle = (name, [path]) => {
    if (path === 1 || path === 2) return true;
    if (name === 'rm' || name === 'unlink') return raw.lstatSync(path, { throwIfNoEntry: false }) === undefined;
    return name === 'mkdir' && raw.existsSync(path);
  };
  const callOf = (name, args, run) => ({
    name,
    path: nameOf(name, args),
    run,
    half: halfOf(raw, name, args),
    refuse: (code) => systemError(code, name, nameOf(name, args)),
  });

  for (const name of [...ON_PATHS, ...ON_DESCRIPTORS]) {
    const plain = raw[`${name}Sync`];
    if (plain) {
      fs[`${name}Sync`] = (...args) => {
        const run = () => plain.apply(fs, args);
        return isIdle(name, args) ? run() : step(callOf(name, args, run));
      };
    }
    const called = raw[name];
    fs[name] = (...args) => {
      const run = () => called.apply(fs, args);
      return isIdle(name, args) ? run() : orCallback(args, () => step(callOf(name, args, run)));
    };
  }
  for (const name of READING) {
    const plain = raw[`${name}Sync`];
    fs[`${name}Sync`] = (...args) => {
      const run = () => plain.apply(fs, args);
      return watchesReads(args[0]) ? step({ name, path: args[0], run, half: undefined, refuse: undefined }) : run();
    };
  }
  const promises = { ...fs.promises };
  for (const name of ON_PATHS) {
    const promised = promises[name];
    fs.promises[name] = async (...args) => {
      const run = () => promised.apply(fs.promises, args);
      return isIdle(name, args) ? run() : step(callOf(name, args, run));
    };
  }

  const openCall = (args, run) => ({
    name: 'open',
    path: args[0],
    run,
    half: undefined,
    refuse: (code) => systemError(code, 'open', args[0]),
  });
  fs.openSync = (...args) => {
    const run = () => raw.openSync(...args);
    const descriptor = mayCreate(fs, args[1]) || watchesReads(args[0]) ? step(openCall(args, run)) : run();
    names.set(descriptor, args[0]);
    return descriptor;
  };
  fs.open = (...args) => {
    const run = () => raw.open(...args);
    return mayCreate(fs, args[1]) ? orCallback(args, () => step(openCall(args, run))) : run();
  };
  let handlesWatched = false;
  fs.promises.open = async (...args) => {
    const run = () => promises.open(...args);
    const handle = await (mayCreate(fs, args[1]) ? step(openCall(args, run)) : run());
    names.set(handle.fd, args[0]);
    if (!handlesWatched) watchHandles(Object.getPrototypeOf(handle), names, step);
    handlesWatched = true;
    return handle;
  };
};

function watchHandles(prototype, names, step) {
  for (const name of ON_HANDLES) {
    const method = prototype[name];
    prototype[name] = async function (...args) {
      const path = names.get(this.fd);
      return step({
        name,
        path,
        run: () => method.apply(this, args),
        half: undefined,
        refuse: (code) => systemError(code, name, path),
      });
    };
  }
}

/** Returns whether opening with these flags may create or truncate a file. */
function mayCreate(fs, flags = 'r') {
  if (typeof flags === 'number') return (flags & (fs.constants.O_CREAT | fs.constants.O_TRUNC)) !== 0;
  return /[wa]/.test(flags);
}

function orCallback(args, call) {
  try {
    return call();
  } catch (error) {
    process.nextTick(args.at(-1), error);
  }
}

/** Returns a function that performs half of a call; `undefined` if the call is indivisible. */
function halfOf(raw, name, args) {
  const halve = (content) => Buffer.from(content).subarray(0, Buffer.from(content).length >> 1);
  switch (name) {
    case 'writeFile':
    case 'appendFile':
      return () => raw[`${name}Sync`](args[0], halve(args[1]), typeof args[2] === 'function' ? undefined : args[2]);
    case 'write':
      return typeof args[1] === 'string'
        ? () => raw.writeSync(args[0], halve(args[1]))
        : () => raw.writeSync(args[0], args[1], args[2] ?? 0, (args[3] ?? args[1].length) >> 1, args[4] ?? null);
    case 'copyFile':
      return () => raw.writeFileSync(args[1], halve(raw.readFileSync(args[0])), { flag: 'wx' });
    case 'rm':
      return raw.lstatSync(args[0], { throwIfNoEntry: false })?.isDirectory()
        ? () => removeHalf(raw, args[0])
        : undefined;
    default:
      return undefined;
  }
}

/** Removes the first half of a directory's entries, and recursively half of the entry in the middle. */
function removeHalf(raw, path) {
  const entries = raw.readdirSync(path, { withFileTypes: true });
  const middle = entries.length >> 1;
  for (const { name } of entries.slice(0, middle)) raw.rmSync(`${path}/${name}`, { recursive: true });
  if (entries[middle]?.isDirectory()) removeHalf(raw, `${path}/${entries[middle].name}`);
}

function systemError(code, syscall, path) {
  const errno = -(constants.errno[code] ?? 5);
  const [, text] = getSystemErrorMap().get(errno) ?? [code, 'unknown error'];
  return Object.assign(new Error(`${code}: ${text}, ${syscall} '${path}'`), { errno, code, syscall, path });
}
