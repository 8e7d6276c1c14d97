// Loaded into the program before itself (`--require`), this counts the calls by which it changes anything outside its
// own memory, and at one of them does what ATTUNE_FAULT says: see fault.ts. The program knows nothing of it.
const childProcess = require('node:child_process');
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { databaseCalls } = require('./database.cjs');
const { fileCalls } = require('./files.cjs');

const rawWrite = fs.writeFileSync;
const orders = parse(process.env.ATTUNE_FAULT ?? '');
const trace = [];
let count = 0;
/** Node's own functions call each other: only the outermost is the program's call. */
let depth = 0;

/** `kill:37 trace:/tmp/t` as [{ verb, at, word }]. */
function parse(text) {
  return text.split(' ').flatMap((order) => {
    const [, verb, rest] = /^([a-z]+)(?::(.*))?$/.exec(order) ?? [];
    if (verb === undefined) return [];
    const [at, ...words] = (rest ?? '').split(':');
    return [{ verb, at: Number(at), word: words.join(':'), rest }];
  });
}

function die() {
  process.kill(process.pid, 'SIGKILL');
}

/**
 * @param call.name what is called
 * @param call.path what it is done to
 * @param call.run does it
 * @param call.half does a part of it, where there are parts
 * @param call.refuse makes of a system error code what this call throws, where it can fail
 */
function step(call) {
  if (depth > 0) return call.run();
  count += 1;
  const { name, path, half, refuse } = call;
  trace.push({ name, path: String(path), parts: half !== undefined, fails: refuse !== undefined });
  for (const order of orders) obey(order, call);
  depth += 1;
  try {
    return call.run();
  } finally {
    depth -= 1;
  }
}

function obey({ verb, at, word }, call) {
  if (count !== at && !(verb === 'failing' && count > at)) return;
  if (verb === 'kill') die();
  if (verb === 'torn') tear(call);
  if (verb === 'stop') process.kill(process.pid, 'SIGSTOP');
  if ((verb === 'fail' || (verb === 'failing' && !isCleaning(word, call))) && call.refuse) throw call.refuse(word);
}

function tear(call) {
  depth += 1;
  (call.half ?? call.run)();
  die();
}

/** A full disk still lets go of what is on it. */
function isCleaning(code, { name }) {
  return /^(ENOSPC|EDQUOT)$/.test(code) && /^(rm|unlink|rmdir|rename|fsync|chmod|fchmod|close)/.test(name);
}

function withoutFlushing() {
  for (const name of ['fsyncSync', 'fdatasyncSync']) fs[name] = () => {};
  for (const name of ['fsync', 'fdatasync']) fs[name] = (_descriptor, done) => process.nextTick(done, null);
  const { open } = fs.promises;
  fs.promises.open = async (...args) => Object.assign(await open(...args), { sync: async () => {} });
  const { spawn } = childProcess;
  childProcess.spawn = (command, ...rest) => spawn(command === 'sync' ? 'true' : command, ...rest);
}

/** Every look at the clock finds it so many milliseconds further than the one before. */
function shiftingClock(milliseconds) {
  const Honest = Date;
  const start = Honest.now();
  let looks = 0;
  const now = () => start + milliseconds * looks++;
  globalThis.Date = class ShiftingDate extends Honest {
    constructor(...args) {
      super(...(args.length === 0 ? [now()] : args));
    }
    static now() {
      return now();
    }
  };
}

for (const { verb, at, rest } of orders) {
  if (verb === 'noflush') withoutFlushing();
  if (verb === 'clock') shiftingClock(at);
  if (verb === 'trace') process.once('exit', () => rawWrite(rest, JSON.stringify(trace)));
}
if (orders.some(({ verb }) => /^(kill|torn|stop|fail|failing|trace)$/.test(verb))) {
  fileCalls(fs, step);
  databaseCalls(step);
  const { spawn } = childProcess;
  childProcess.spawn = (...args) =>
    step({
      name: 'spawn',
      path: args[0],
      run: () => spawn(...args),
    });
}
syncBuiltinESMExports();
