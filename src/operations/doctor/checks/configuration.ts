import { join } from 'node:path';
import { readYaml } from '../../../documents/yaml/yaml.ts';
import { AttuneError } from '../../../errors.ts';
import { DEFAULT_LIMITS } from '../../../limits.ts';
import { exists, inspectTarget } from '../../../platform/files/inspect.ts';
import { readFile } from '../../../platform/files/read.ts';
import { configFile, type Paths } from '../../../platform/paths.ts';
import { type Diagnosis, type DoctorContext, failure, ok, warning } from '../diagnosis.ts';
import { formatCommand } from '../wording.ts';

export function checkConfiguration({ config, runtime }: DoctorContext): Diagnosis[] {
  const others = checkPlatformConfiguration(runtime.paths);
  if (config instanceof AttuneError) return [failure('configuration', config), ...others];
  const path = configFile(runtime.paths);
  const message = exists(path) ? `'${path}' is valid` : `'${path}' does not exist: all settings have their defaults`;
  return [ok('configuration', message), ...others];
}

const SECTION = 'pack_registry';

/** Warns about settings of attune in the file of the platform's client, which attune does not read. */
function checkPlatformConfiguration(paths: Paths): Diagnosis[] {
  const path = join(paths.config, 'config.yaml');
  const keys = topLevelKeys(path);
  if (!keys.includes(SECTION)) return [];
  const settings = configFile(paths);
  const isMisnamed = !keys.some((key) => PLATFORM_KEYS.includes(key)) && !exists(settings);
  const remedy = isMisnamed
    ? `Rename the file with: ${formatCommand('mv', [path, settings])}`
    : `Move the section ${SECTION} to '${settings}'.`;
  const message = `'${path}' has the section ${SECTION}, which attune does not read: the file belongs to the platform's client`;
  return [warning('configuration', message, { remedy })];
}

/** The keys that the platform's client writes. */
const PLATFORM_KEYS: readonly string[] = ['profile', 'profiles', 'format'];

/** Returns the keys of a YAML mapping; none if the file is not a regular file, is too large, unreadable, or not YAML. */
function topLevelKeys(path: string): string[] {
  try {
    const status = inspectTarget(path);
    if (status?.kind !== 'file' || status.size > DEFAULT_LIMITS.yamlBytes) return [];
    const { value } = readYaml(readFile(path), path, DEFAULT_LIMITS);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  } catch (error) {
    if (error instanceof AttuneError) return [];
    throw error;
  }
}
