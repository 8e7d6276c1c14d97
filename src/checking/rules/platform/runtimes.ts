import type { ComponentFile } from '../../../packs/components/pack-model.ts';
import { error, family, type Report } from '../../rule.ts';
import { at, atKey, atStart, field, isBlank } from '../../values.ts';

type Code = 'runtime-invalid';

export const runtimeRules = family<Code>({
  title: 'Runtimes',
  rules: {
    'runtime-invalid': error(
      'A version is not a string, `environment` has no `env_type`, there are two defaults, or no interpreter.',
      'versions: [{version: 3.12}]',
      'The version is skipped, or the runtime cannot be used.',
    ),
  },
  check(pack, report) {
    for (const file of pack.components.runtimes) if (file.root) checkRuntime(file, report);
  },
});

function checkRuntime(file: ComponentFile, report: Report<Code>): void {
  const versions = field(file.root, 'versions');
  if (versions && versions.value !== null && versions.kind !== 'list')
    report('runtime-invalid', at(file, versions), 'versions is a list of {version, is_default}');
  for (const item of versions?.items ?? []) {
    const version = field(item, 'version');
    if (typeof version?.value !== 'string')
      report('runtime-invalid', at(file, version ?? item), 'a version is a string: quote it');
    checkConfig(file, field(item, 'execution_config'), report);
  }
  const defaults = (versions?.items ?? []).filter((item) => field(item, 'is_default')?.value === true);
  for (const item of defaults.slice(1))
    report('runtime-invalid', at(file, item), 'another version is the default too', { severity: 'warning' });
  const config = field(file.root, 'execution_config');
  checkConfig(file, config, report);
  if (isBlank(field(config, 'interpreter', 'binary')) && !field(config, 'environment', 'interpreter_path'))
    report('runtime-invalid', config ? atKey(file, config) : atStart(file), 'there is no interpreter.binary', {
      severity: 'warning',
    });
}

function checkConfig(file: ComponentFile, config: ReturnType<typeof field>, report: Report<Code>): void {
  const environment = field(config, 'environment');
  if (environment?.kind === 'mapping' && isBlank(field(environment, 'env_type')))
    report('runtime-invalid', atKey(file, environment), 'environment has no env_type');
  const dependencies = field(config, 'dependencies');
  if (dependencies?.kind === 'mapping' && isBlank(field(dependencies, 'manifest_file')))
    report('runtime-invalid', atKey(file, dependencies), 'dependencies has no manifest_file');
}
