import type { CommandTable } from './cli/embedded-plugin.ts';
import PackAutoremove from './commands/pack/autoremove.ts';
import PackChecksum from './commands/pack/checksum.ts';
import PackHistory from './commands/pack/history.ts';
import PackIndexEntry from './commands/pack/index-entry.ts';
import PackIndexMerge from './commands/pack/index-merge.ts';
import PackIndexUpdate from './commands/pack/index-update.ts';
import PackIndexValidate from './commands/pack/index-validate.ts';
import PackInstall from './commands/pack/install.ts';
import PackList from './commands/pack/list.ts';
import PackLock from './commands/pack/lock.ts';
import PackOutdated from './commands/pack/outdated.ts';
import PackPin from './commands/pack/pin.ts';
import PackRollback from './commands/pack/rollback.ts';
import PackSearch from './commands/pack/search.ts';
import PackShow from './commands/pack/show.ts';
import PackSync from './commands/pack/sync.ts';
import PackTest from './commands/pack/test.ts';
import PackTree from './commands/pack/tree.ts';
import PackUninstall from './commands/pack/uninstall.ts';
import PackUnpin from './commands/pack/unpin.ts';
import PackUpgrade from './commands/pack/upgrade.ts';
import RegistryAdd from './commands/registry/add.ts';
import RegistryList from './commands/registry/list.ts';
import RegistryRefresh from './commands/registry/refresh.ts';
import RegistryRemove from './commands/registry/remove.ts';
import Schema from './commands/schema.ts';

/** Every command by its id. Written out, because a bundle has no directory to look through. */
export const COMMANDS: CommandTable = {
  'pack:autoremove': PackAutoremove,
  'pack:checksum': PackChecksum,
  'pack:history': PackHistory,
  'pack:index-entry': PackIndexEntry,
  'pack:index-merge': PackIndexMerge,
  'pack:index-update': PackIndexUpdate,
  'pack:index-validate': PackIndexValidate,
  'pack:install': PackInstall,
  'pack:list': PackList,
  'pack:lock': PackLock,
  'pack:outdated': PackOutdated,
  'pack:pin': PackPin,
  'pack:rollback': PackRollback,
  'pack:search': PackSearch,
  'pack:show': PackShow,
  'pack:sync': PackSync,
  'pack:test': PackTest,
  'pack:tree': PackTree,
  'pack:uninstall': PackUninstall,
  'pack:unpin': PackUnpin,
  'pack:upgrade': PackUpgrade,
  'registry:add': RegistryAdd,
  'registry:list': RegistryList,
  'registry:refresh': RegistryRefresh,
  'registry:remove': RegistryRemove,
  schema: Schema,
};
