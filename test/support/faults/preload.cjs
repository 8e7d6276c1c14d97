// Preloaded with `--require`: counts the calls with which the program changes anything outside its memory, and injects the
// faults of ATTUNE_FAULT (see fault.ts).
const childProcess = require('node:child_process');
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { databaseCalls } = require('./database.cjs');
const { fileCalls } = require('./files.cjs');

const rawWrite = fs.writeFileSync;
const faults = parse(process.env.ATTUNE_FAULT ?? '');
const trace = [];
let count = 0;
/** Functions of Node call each other: only the outermost call is made by the program. */
let depth = 0;

/** Parses `kill:37 trace:/tmp/t` to a list of { verb, at, code }. */
function parse(text) {
  return text.split(' ').flatMap((fault) => {
    const [, verb, rest] = /^([a-z]+)(?::(.*))?$/.exec(fault) ?? [];
    if (verb === undefined) return [];
    const [at, ...code] = (rest ?? '').split(':');
    return [{ verb, at: Number(at), code: code.join(':'), rest }];
  });
}

function die() {
  process.kill(process.pid, 'SIGKILL');
}

/**
 * Counts a call, injects the faults for it, and performs it.
 * @param call.name the function
 * @param call.path the file that it changes
 * @param call.run performs the call
 * @param call.half performs half of the call, if it is divisible
 * @param call.refuse returns the error of this call for a system error code, if it can fail
 */
function step(call) {
  if (depth > 0) return call.run();
  count += 1;
  const { name, path, half, refuse } = call;
  trace.push({ name, path: String(path), parts: half !== undefined, fails: refuse !== undefined });
  for (const fault of faults) inject(fault, call);
  depth += 1;
  try {
    return call.run();
  } finally {
    depth -= 1;
  }
}

function inject({ verb, at, code }, call) {
  if (count !== at && !(verb === 'failing' && count > at)) return;
  if (verb === 'kill') die();
  if (verb === 'torn') tear(call);
  if (verb === 'stop') process.kill(process.pid, 'SIGSTOP');
  if ((verb === 'fail' || (verb === 'failing' && !freesSpace(code, call))) && call.refuse) throw call.refuse(code);
}

function tear(call) {
  depth += 1;
  (call.half ?? call.run)();
  die();
}

/** Calls that free space succeed on a full disk. */
function freesSpace(code, { name }) {
  return /^(ENOSPC|EDQUOT)$/.test(code) && /^(rm|unlink|rmdir|rename|fsync|chmod|fchmod|close)/.test(name);
}

function disableFlushing() {
  for (const name of ['fsyncSync', 'fdatasyncSync']) fs[name] = () => {};
  for (const name of ['fsync', 'fdatasync']) fs[name] = (_descriptor, done) => process.nextTick(done, null);
  const { open } = fs.promises;
  fs.promises.open = async (...args) => Object.assign(await open(...args), { sync: async () => {} });
  const { spawn } = childProcess;
  childProcess.spawn = (command, ...rest) => spawn(command === 'sync' ? 'true' : command, ...rest);
}

/** Advances the clock by a number of milliseconds on each query. */
function shiftingClock(milliseconds) {
  const SystemDate = Date;
  const start = SystemDate.now();
  let queries = 0;
  const now = () => start + milliseconds * queries++;
  globalThis.Date = class ShiftingDate extends SystemDate {
    constructor(...args) {
      super(...(args.length === 0 ? [now()] : args));
    }
    static now() {
      return now();
    }
  };
}

for (const { verb, at, rest } of faults) {
  if (verb === 'noflush') disableFlushing();
  if (verb === 'clock') shiftingClock(at);
  if (verb === 'trace') process.once('exit', () => rawWrite(rest, JSON.stringify(trace)));
}
if (faults.some(({ verb }) => /^(kill|torn|stop|fail|failing|trace)$/.test(verb))) {
  const reads = faults.find(({ verb }) => verb === 'reads');
  const watchesReads = (path) => reads !== undefined && String(path).startsWith(reads.rest);
  fileCalls(fs, step, watchesReads);
  databaseCalls(step, watchesReads);
  const { spawn } = childProcess;
  childProcess.spawn = (...args) =>
    step({
      name: 'spawn',
      path: args[0],
      run: () => spawn(...args),
    });
}
syncBuiltinESMExports();
