import type { AddedRegistry } from '../../../operations/registries/add-registry.ts';
import type { RemovedRegistry } from '../../../operations/registries/remove-registry.ts';
import type { Style } from '../../text/style.ts';
import { count } from '../../text/table.ts';

export function registryAddedView(added: AddedRegistry, style: Style): string {
  const lines = [
    `${style.green('✓')} Registry '${added.name}' added${added.enabled ? '' : ', disabled'}`,
    `  URL: ${added.url}`,
    `  Priority: ${added.priority}`,
    added.packs === null ? '  Packs: not asked' : `  Packs: ${added.packs}`,
    `  Written to: ${added.config_file}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function registryRemovedView({ name, bound, config_file }: RemovedRegistry, style: Style): string {
  const left = bound.length === 0 ? '' : `; ${count(bound.length, 'installed pack')} came from it`;
  return `${style.green('✓')} Registry '${name}' removed from ${config_file}${left}\n`;
}
