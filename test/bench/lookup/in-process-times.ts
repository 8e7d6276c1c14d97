// node test/bench/lookup/in-process-times.ts INDEX CACHE-DIRECTORY REF: how long the look-ups themselves take, without the program.
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Http } from '../../../src/platform/http/http.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { IndexCaches } from '../../../src/registry/cache/index-cache.ts';
import { openRegistries, type Registries } from '../../../src/registry/lookup/registries.ts';
import { planInstall } from '../../../src/resolver/plan.ts';

const LOOKUP_MS = 2;
const SEARCH_MS = 25;
const RUNS = 9;

const [url = '', directory = '', ref = ''] = process.argv.slice(2);
/** The index is a file. */
const http: Http = { send: () => Promise.reject(new Error('nothing is to be asked')) };

/** What one command begins with: nothing is open. */
function command() {
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

/** The median. The clock of the wall, for that of the processor knows no less than some milliseconds. */
async function timed(work: (registries: Registries) => Promise<unknown>) {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { caches, registries } = command();
    const start = performance.now();
    await work(registries);
    times.push(performance.now() - start);
    caches[Symbol.dispose]();
  }
  return times.sort((one, other) => one - other)[RUNS >> 1] ?? Number.NaN;
}

function tell(what: string, milliseconds: number, aim: number | undefined): void {
  const verdict = aim === undefined ? '' : milliseconds > aim ? `, and is to be under ${aim} ms!` : ` (aim: ${aim} ms)`;
  process.stdout.write(`${what}: ${milliseconds.toFixed(1)} ms${verdict}\n`);
}

async function resolve(registries: Registries) {
  const root = { kind: 'registry', ref, range: undefined, pack: await registries.get(ref) } as const;
  return planInstall({ roots: [root], held: new Map(), lookup: (needed) => registries.find(needed) });
}

const start = performance.now();
const first = command();
await first.registries.find(ref);
tell('\nreading the index into the cache', performance.now() - start, undefined);
first.caches[Symbol.dispose]();
// What was written in this very moment is read once more before it is relied on.
await timed((registries) => registries.find(ref));
tell('opening the cache and looking one ref up', await timed((registries) => registries.find(ref)), LOOKUP_MS);
const packs = (await resolve(command().registries)).steps.length;
tell(`opening the cache and resolving that ref, with ${packs} packs in the plan`, await timed(resolve), undefined);
for (const words of [['send', 'message'], ['slack'], ['integration'], ['python', 'api']]) {
  const search = await timed((registries) => registries.search({ words, limit: 20 }));
  tell(`opening the cache and searching for '${words.join(' ')}'`, search, SEARCH_MS);
}
