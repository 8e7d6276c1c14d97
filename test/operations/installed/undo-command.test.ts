import assert from 'node:assert/strict';
import { test } from 'node:test';
import { undoCommands } from '../../../src/operations/installed/undo-command.ts';
import type { HistoryEvent } from '../../../src/store/history.ts';
import type { InstalledNode } from '../../../src/store/installed.ts';

type EventFields = Partial<HistoryEvent> & Pick<HistoryEvent, 'action' | 'version'>;

interface Row {
  readonly title: string;
  /** Events of the pack `slack`, the oldest first. */
  readonly events: readonly EventFields[];
  /** The versions of the retained releases, the current one first; empty if the pack is not installed. */
  readonly retained?: readonly string[];
  readonly pinned?: boolean;
  readonly existingPaths?: readonly string[];
  /** The undo command of each event. */
  readonly expected: readonly (string | null)[];
}

const archive = { source_type: 'archive', source: 'https://host/slack.zip' } as const;
const registry = { ...archive, registry: 'main' };
const commit = 'c'.repeat(40);
const git = { source_type: 'git', source: 'https://host/slack.git', source_commit: commit } as const;
const directory = { source_type: 'directory', source: '/home/ann/my packs/slack' } as const;
const upgrade = { action: 'upgrade', version: '1.1.0', from_version: '1.0.0' } as const;

const ROWS: readonly Row[] = [
  {
    title: 'an installation is undone by uninstalling',
    events: [{ action: 'install', version: '1.0.0' }],
    retained: ['1.0.0'],
    expected: ['attune pack uninstall slack --yes'],
  },
  {
    title: 'an upgrade is undone by a rollback',
    events: [{ action: 'install', version: '1.0.0' }, upgrade],
    retained: ['1.1.0', '1.0.0'],
    expected: ['attune pack uninstall slack --yes', 'attune pack rollback slack'],
  },
  {
    title: 'an earlier upgrade is undone by a rollback to a named version',
    events: [
      { action: 'install', version: '1.0.0' },
      upgrade,
      { action: 'upgrade', version: '1.2.0', from_version: '1.1.0' },
    ],
    retained: ['1.2.0', '1.1.0', '1.0.0'],
    expected: [
      'attune pack uninstall slack --yes',
      'attune pack rollback slack --to 1.0.0',
      'attune pack rollback slack',
    ],
  },
  {
    title: 'an undone upgrade cannot be undone again, but its rollback can',
    events: [
      { action: 'install', version: '1.0.0' },
      upgrade,
      { action: 'rollback', version: '1.0.0', from_version: '1.1.0' },
    ],
    retained: ['1.0.0', '1.1.0'],
    expected: ['attune pack uninstall slack --yes', null, 'attune pack rollback slack'],
  },
  {
    title: 'an upgrade from a version that is not retained is undone by installing it from its registry',
    events: [{ action: 'install', version: '1.0.0', ...registry }, upgrade],
    retained: ['1.1.0'],
    expected: ['attune pack uninstall slack --yes', 'attune pack install slack@1.0.0 --force'],
  },
  {
    title: 'an upgrade from a version that is not retained is undone by installing it from its commit',
    events: [{ action: 'install', version: '1.0.0', ...git }, upgrade],
    retained: ['1.1.0'],
    expected: [
      'attune pack uninstall slack --yes',
      `attune pack install https://host/slack.git --ref-spec ${commit} --force`,
    ],
  },
  {
    title:
      'an upgrade from a directory version that is not retained cannot be undone, since the directory may have changed',
    events: [{ action: 'install', version: '1.0.0', ...directory }, upgrade],
    retained: ['1.1.0'],
    existingPaths: [directory.source],
    expected: ['attune pack uninstall slack --yes', null],
  },
  {
    title: 'an upgrade from a version without a recorded source cannot be undone',
    events: [upgrade],
    retained: ['1.1.0'],
    expected: [null],
  },
  {
    title: 'a reinstallation with other content is undone by a rollback if it is the latest change',
    events: [{ action: 'reinstall', version: '1.0.0', from_version: '1.0.0' }],
    retained: ['1.0.0', '1.0.0'],
    expected: ['attune pack rollback slack'],
  },
  {
    title: 'a reinstallation with the same content has no undo command',
    events: [{ action: 'reinstall', version: '1.0.0', from_version: '1.0.0' }],
    retained: ['1.0.0', '0.9.0'],
    expected: [null],
  },
  {
    title: 'an uninstallation is undone from a registry, and earlier events have no undo command',
    events: [
      { action: 'install', version: '1.0.0', ...registry },
      upgrade,
      { action: 'uninstall', version: '1.1.0', ...registry },
    ],
    expected: [null, null, 'attune pack install slack@1.1.0'],
  },
  {
    title: 'an uninstallation is undone from an archive',
    events: [{ action: 'uninstall', version: '1.0.0', ...archive }],
    expected: ['attune pack install https://host/slack.zip'],
  },
  {
    title: 'an uninstallation is undone from an existing directory, quoted for a shell',
    events: [{ action: 'uninstall', version: '1.0.0', ...directory }],
    existingPaths: [directory.source],
    expected: ["attune pack install '/home/ann/my packs/slack'"],
  },
  {
    title: 'an uninstallation of a pack from a missing directory cannot be undone',
    events: [{ action: 'uninstall', version: '1.0.0', ...directory }],
    expected: [null],
  },
  {
    title: 'quotes in a source are escaped for the shell',
    events: [{ action: 'uninstall', version: '1.0.0', ...archive, source: "https://host/a'; rm -rf ~; '.zip" }],
    expected: ["attune pack install 'https://host/a'\\''; rm -rf ~; '\\''.zip'"],
  },
  {
    title: 'an uninstallation of a pack that is installed again has no undo command',
    events: [
      { action: 'install', version: '1.0.0', ...registry },
      { action: 'uninstall', version: '1.0.0', ...registry },
      { action: 'install', version: '1.0.0', ...registry },
    ],
    retained: ['1.0.0'],
    expected: [null, null, 'attune pack uninstall slack --yes'],
  },
  {
    title: 'a pin is undone by unpinning',
    events: [{ action: 'pin', version: '1.0.0' }],
    retained: ['1.0.0'],
    pinned: true,
    expected: ['attune pack unpin slack'],
  },
  {
    title: 'an unpin is undone by pinning, and the earlier pin has no undo command',
    events: [
      { action: 'pin', version: '1.0.0' },
      { action: 'unpin', version: '1.0.0' },
    ],
    retained: ['1.0.0'],
    expected: [null, 'attune pack pin slack'],
  },
];

const NODE: InstalledNode = {
  id: 1,
  ref: 'slack',
  version: '1.0.0',
  source_type: 'directory',
  source_url: '/',
  source_ref: null,
  source_ref_type: null,
  source_commit: null,
  registry: null,
  archive_checksum: null,
  checksum: '',
  requested: true,
  pinned: false,
  dependencies: [],
};

for (const { title, events, retained = [], pinned = false, existingPaths = [], expected } of ROWS) {
  test(`undo: ${title}`, () => {
    const newestFirst = events.map((fields, index) => event(index + 1, fields)).reverse();
    const releases = retained.map((version, index) => ({
      id: index,
      ref: 'slack',
      version,
      checksum: '',
      directory: '',
      installed_at: '',
      current: index === 0,
    }));
    const node = { ...NODE, pinned };
    const commands = undoCommands(newestFirst, {
      graph: retained.slice(0, 1).map((version) => ({ ...node, version })),
      retained: releases,
      dependenciesOf: () => [],
      exists: (path) => existingPaths.includes(path),
    });
    assert.deepEqual(commands.toReversed(), expected);
  });
}

function event(id: number, fields: EventFields): HistoryEvent {
  return {
    id,
    at: '2026-01-01T00:00:00.000Z',
    ref: 'slack',
    from_version: null,
    by: 'ann@here',
    source: null,
    source_type: null,
    source_commit: null,
    registry: null,
    ...fields,
  };
}

test('undo: the events of one pack do not affect another', () => {
  const events = [
    { ...event(3, { action: 'uninstall', version: '1.0.0' }), ref: 'other' },
    event(2, upgrade),
    event(1, { action: 'install', version: '1.0.0' }),
  ];
  const commands = undoCommands(events, {
    graph: [{ ...NODE, version: '1.1.0' }],
    retained: [],
    dependenciesOf: () => [],
    exists: () => false,
  });
  assert.deepEqual(commands, [null, null, 'attune pack uninstall slack --yes']);
});
