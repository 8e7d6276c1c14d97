// node test/bench/lookup/in-process-times.ts INDEX CACHE-DIRECTORY REF: measures look-ups without starting the program.
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Http } from '../../../src/platform/http/http.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { IndexCaches } from '../../../src/registry/cache/index-caches.ts';
import { openRegistries, type Registries } from '../../../src/registry/lookup/registries.ts';
import { planInstall } from '../../../src/resolver/plan.ts';

const LOOKUP_MS = 2;
const SEARCH_MS = 25;
const RUNS = 9;

const [url = '', directory = '', ref = ''] = process.argv.slice(2);
/** Fails every request, because the index is a file. */
const http: Http = { send: () => Promise.reject(new Error('unexpected request')) };

/** Opens the caches and registries, like each command. */
function openCommand() {
  const caches = new IndexCaches(join(directory, 'indexes.db'), (text) => process.stdout.write(`${text}\n`));
  const indices = [{ name: 'bench', url, priority: 1, enabled: true, headers: {} }];
  const registries = { enabled: true, indices, mirrors: {}, cacheTtlMs: 3_600_000, allowHttp: false, timeoutMs: 1000 };
  const tools = {
    http,
    reporter: silentReporter,
    limits: { ...DEFAULT_LIMITS, indexBytes: 4e9 },
    variables: {},
    workingDirectory: directory,
    clock: systemClock,
    caches,
    offline: true,
  };
  return { caches, registries: openRegistries({ registries }, tools) };
}

/** Returns the median wall-clock time. The resolution of CPU time, several milliseconds, is too coarse. */
async function measureMedian(work: (registries: Registries) => Promise<unknown>) {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { caches, registries } = openCommand();
    const start = performance.now();
    await work(registries);
    times.push(performance.now() - start);
    caches[Symbol.dispose]();
  }
  return times.sort((one, other) => one - other)[RUNS >> 1] ?? Number.NaN;
}

function report(what: string, milliseconds: number, aim: number | undefined): void {
  const verdict = aim === undefined ? '' : milliseconds > aim ? `, above the aim of ${aim} ms!` : ` (aim: ${aim} ms)`;
  process.stdout.write(`${what}: ${milliseconds.toFixed(1)} ms${verdict}\n`);
}

async function resolve(registries: Registries) {
  const root = { kind: 'registry', ref, range: undefined, pack: await registries.get(ref) } as const;
  return planInstall({ roots: [root], held: new Map(), lookup: (needed) => registries.find(needed) });
}

const start = performance.now();
const first = openCommand();
await first.registries.find(ref);
report('\nreading the index into the cache', performance.now() - start, undefined);
first.caches[Symbol.dispose]();
// A file that was modified within its timestamp resolution is read again, so the first measurement is discarded.
await measureMedian((registries) => registries.find(ref));
report('opening the cache and looking up a ref', await measureMedian((registries) => registries.find(ref)), LOOKUP_MS);
const packs = (await resolve(openCommand().registries)).steps.length;
report(
  `opening the cache and resolving that ref, with ${packs} packs in the plan`,
  await measureMedian(resolve),
  undefined,
);
for (const terms of [['send', 'message'], ['slack'], ['integration'], ['python', 'api']]) {
  const search = await measureMedian((registries) => registries.search({ terms, limit: 20 }));
  report(`opening the cache and searching for '${terms.join(' ')}'`, search, SEARCH_MS);
}
