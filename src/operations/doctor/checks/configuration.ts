import { AttuneError } from '../../../errors.ts';
import { exists } from '../../../platform/files/inspect.ts';
import { configFile } from '../../../platform/paths.ts';
import { type Diagnosis, type DoctorContext, failure, ok } from '../diagnosis.ts';

export function checkConfiguration({ config, runtime }: DoctorContext): Diagnosis[] {
  if (config instanceof AttuneError) return [failure('configuration', config)];
  const path = configFile(runtime.paths);
  return [
    ok(
      'configuration',
      exists(path) ? `'${path}' is valid` : `'${path}' does not exist: all settings have their defaults`,
    ),
  ];
}
