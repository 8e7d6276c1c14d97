/** Downloads the index of every enabled registry, and compares the local clock with the time of each response. */
import { join } from 'node:path';
import type { Config, IndexSetting } from '../../../config/types.ts';
import { AttuneError } from '../../../errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import { mapConcurrently } from '../../../platform/concurrency.ts';
import type { Http } from '../../../platform/http/http.ts';
import { IndexCaches } from '../../../registry/cache/index-caches.ts';
import { openRegistries, type Registries } from '../../../registry/lookup/registries.ts';
import type { Runtime } from '../../runtime.ts';
import { type Diagnosis, type DoctorContext, failure, ok, resultOrError } from '../diagnosis.ts';
import { checkClock, type ServerTime } from './clock.ts';

const CONCURRENCY = 4;

export async function checkRegistries(context: DoctorContext): Promise<Diagnosis[]> {
  const { config, runtime } = context;
  if (config instanceof AttuneError) {
    return [ok('registries', 'not checked, because the configuration is invalid'), ...(await checkClock(context, []))];
  }
  const times: ServerTime[] = [];
  using caches = new IndexCaches(join(runtime.paths.cache, 'indexes.db'), (text) => runtime.reporter.note(text));
  const registries = await open(context, config, caches, times);
  const found = await mapConcurrently(registries.chosen(), CONCURRENCY, (setting) =>
    look(setting, registries, context),
  );
  const none = config.registries.enabled ? 'none are configured' : 'disabled in settings.yaml';
  return [...(found.length > 0 ? found : [ok('registries', none)]), ...(await checkClock(context, times))];
}

async function open(
  { runtime, offline }: DoctorContext,
  config: Config,
  caches: IndexCaches,
  times: ServerTime[],
): Promise<Registries> {
  const { reporter, clock, environment } = runtime;
  return openRegistries(config, {
    http: recordTimes(await runtime.http(), clock, times),
    reporter,
    clock,
    caches,
    offline,
    limits: config.limits,
    variables: environment.variables,
    workingDirectory: environment.workingDirectory,
  });
}

async function look(
  setting: IndexSetting,
  registries: Registries,
  { offline, runtime }: DoctorContext,
): Promise<Diagnosis> {
  const { name } = setting;
  const status = registries.list().find((one) => one.name === name)?.status;
  if (offline && status !== 'local' && status !== 'missing') {
    return ok('registries', `'${name}' was not contacted, because of --offline`);
  }
  const before = runtime.clock.elapsed();
  const index = await resultOrError(() => registries.refresh(setting));
  if (index instanceof AttuneError) return failure('registries', index);
  const seconds = ((runtime.clock.elapsed() - before) / 1000).toFixed(1);
  return ok(
    'registries',
    `'${name}' has ${index.packs} ${index.packs === 1 ? 'pack' : 'packs'} and was read in ${seconds} s`,
  );
}

/** Wraps an HTTP client so that it records the server time of each response. */
function recordTimes(http: Http, clock: Runtime['clock'], times: ServerTime[]): Http {
  return {
    async send(request) {
      const response = await http.send(request);
      const time = serverTime(
        response.url.origin ?? 'the server',
        response.header('date'),
        response.header('age'),
        clock,
      );
      if (time !== undefined) times.push(time);
      return response;
    },
  };
}

/** Computes the time difference from `Date` and, for responses from a cache, `Age` (RFC 9111, 5.1). */
function serverTime(
  server: string,
  date: string | undefined,
  age: string | undefined,
  clock: Clock,
): ServerTime | undefined {
  const sentMs = Date.parse(date ?? '');
  const ageSeconds = Number(age ?? 0);
  if (Number.isNaN(sentMs) || !Number.isFinite(ageSeconds)) return undefined;
  return { server, aheadMs: clock.now().getTime() - (sentMs + ageSeconds * 1000) };
}
