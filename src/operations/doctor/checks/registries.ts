/** Reads every enabled registry anew, and compares this machine's clock with those of their servers on the way. */
import { join } from 'node:path';
import type { Config, IndexSetting } from '../../../config/config.ts';
import { AttuneError } from '../../../errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import { inParallel } from '../../../platform/concurrency.ts';
import type { Http } from '../../../platform/http/http.ts';
import { IndexCaches } from '../../../registry/cache/index-cache.ts';
import { openRegistries, type Registries } from '../../../registry/lookup/registries.ts';
import type { Runtime } from '../../runtime.ts';
import { type Diagnosis, failure, ok, orError, type Patient } from '../diagnosis.ts';
import { checkClock, type ServerTime } from './clock.ts';

const AT_A_TIME = 4;

export async function checkRegistries(patient: Patient): Promise<Diagnosis[]> {
  const { config, runtime } = patient;
  if (config instanceof AttuneError) {
    return [ok('registries', 'not looked at: the configuration cannot be read'), ...(await checkClock(patient, []))];
  }
  const times: ServerTime[] = [];
  using caches = new IndexCaches(join(runtime.paths.cache, 'indexes.db'), (text) => runtime.reporter.note(text));
  const registries = await open(patient, config, caches, times);
  const found = await inParallel(registries.chosen(), AT_A_TIME, (setting) => look(setting, registries, patient));
  const none = config.registries.enabled ? 'none is configured' : 'they are switched off in config.yaml';
  return [...(found.length > 0 ? found : [ok('registries', none)]), ...(await checkClock(patient, times))];
}

async function open(
  { runtime, offline }: Patient,
  config: Config,
  caches: IndexCaches,
  times: ServerTime[],
): Promise<Registries> {
  const { reporter, clock, environment } = runtime;
  return openRegistries(config, {
    http: noting(await runtime.http(), clock, times),
    reporter,
    clock,
    caches,
    offline,
    limits: config.limits,
    variables: environment.variables,
    workingDirectory: environment.workingDirectory,
  });
}

async function look(setting: IndexSetting, registries: Registries, { offline, runtime }: Patient): Promise<Diagnosis> {
  const { name } = setting;
  const status = registries.list().find((one) => one.name === name)?.status;
  if (offline && status !== 'local' && status !== 'missing') {
    return ok('registries', `'${name}' was not asked, because of --offline`);
  }
  const before = runtime.clock.elapsed();
  const index = await orError(() => registries.refresh(setting));
  if (index instanceof AttuneError) return failure('registries', index);
  const seconds = ((runtime.clock.elapsed() - before) / 1000).toFixed(1);
  return ok('registries', `'${name}' has ${index.packs} packs and was read in ${seconds} s`);
}

/** Notes what time each answer says that it is. */
function noting(http: Http, clock: Runtime['clock'], times: ServerTime[]): Http {
  return {
    async send(request) {
      const response = await http.send(request);
      const time = timeOf(response.url.origin ?? 'the server', response.header('date'), response.header('age'), clock);
      if (time !== undefined) times.push(time);
      return response;
    },
  };
}

/** An answer out of a cache on the way is as old as its `Age` says (RFC 9111, 5.1). */
function timeOf(
  server: string,
  date: string | undefined,
  age: string | undefined,
  clock: Clock,
): ServerTime | undefined {
  const said = Date.parse(date ?? '');
  const old = Number(age ?? 0);
  if (Number.isNaN(said) || !Number.isFinite(old)) return undefined;
  return { server, aheadMs: clock.now().getTime() - (said + old * 1000) };
}
