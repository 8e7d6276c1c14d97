import type { CommandTable } from './cli/embedded-plugin.ts';
import PackChecksum from './commands/pack/checksum.ts';
import PackHistory from './commands/pack/history.ts';
import PackIndexEntry from './commands/pack/index-entry.ts';
import PackIndexMerge from './commands/pack/index-merge.ts';
import PackIndexUpdate from './commands/pack/index-update.ts';
import PackIndexValidate from './commands/pack/index-validate.ts';
import PackInstall from './commands/pack/install.ts';
import PackList from './commands/pack/list.ts';
import PackShow from './commands/pack/show.ts';
import PackTest from './commands/pack/test.ts';
import PackUninstall from './commands/pack/uninstall.ts';
import Schema from './commands/schema.ts';

/** Every command by its id. Written out, because a bundle has no directory to look through. */
export const COMMANDS: CommandTable = {
  'pack:checksum': PackChecksum,
  'pack:history': PackHistory,
  'pack:index-entry': PackIndexEntry,
  'pack:index-merge': PackIndexMerge,
  'pack:index-update': PackIndexUpdate,
  'pack:index-validate': PackIndexValidate,
  'pack:install': PackInstall,
  'pack:list': PackList,
  'pack:show': PackShow,
  'pack:test': PackTest,
  'pack:uninstall': PackUninstall,
  schema: Schema,
};
