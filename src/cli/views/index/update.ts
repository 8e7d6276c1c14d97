import type { UpdateResult } from '../../../operations/index/update-index.ts';
import type { Style } from '../../text/style.ts';

const PLANNED = { added: 'would be added to', updated: 'would be updated in', unchanged: 'is unchanged in' };

const DONE = { added: 'added to', updated: 'updated in', unchanged: 'is unchanged in' };

export function indexUpdateView(result: UpdateResult, style: Style): string {
  const { pack_ref, version, previous_version, checksum, action, index_file } = result;
  const from = action === 'updated' && previous_version !== version ? ` (was ${previous_version})` : '';
  const effect =
    'dry_run' in result
      ? `Pack '${pack_ref}' ${PLANNED[action]} ${index_file}`
      : `${style.green('✓')} Pack '${pack_ref}' ${DONE[action]} ${index_file}`;
  return [effect, `  Version: ${version}${from}`, `  Checksum: ${checksum}`].map((line) => `${line}\n`).join('');
}
