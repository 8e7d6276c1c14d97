import { AttuneError } from '../../../errors.ts';
import { exists } from '../../../platform/files/read.ts';
import { configFile } from '../../../platform/paths.ts';
import { type Diagnosis, failure, ok, type Patient } from '../diagnosis.ts';

export function checkConfiguration({ config, runtime }: Patient): Diagnosis[] {
  if (config instanceof AttuneError) return [failure('configuration', config)];
  const path = configFile(runtime.paths);
  return [ok('configuration', exists(path) ? `'${path}' is valid` : `there is no '${path}': all is as it comes`)];
}
