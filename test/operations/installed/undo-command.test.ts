import assert from 'node:assert/strict';
import { test } from 'node:test';
import { undoCommands } from '../../../src/operations/installed/undo-command.ts';
import type { HistoryEvent } from '../../../src/store/history.ts';

type Happening = Partial<HistoryEvent> & Pick<HistoryEvent, 'action' | 'version'>;

interface Row {
  readonly claim: string;
  /** The oldest first; all of the pack `slack`. */
  readonly happened: readonly Happening[];
  /** The current one first; none where the pack is not installed. */
  readonly kept?: readonly string[];
  readonly pinned?: boolean;
  readonly places?: readonly string[];
  /** For each event that happened. */
  readonly want: readonly (string | null)[];
}

const archive = { source_type: 'archive', source: 'https://host/slack.zip' } as const;
const registry = { ...archive, registry: 'house' };
const commit = 'c'.repeat(40);
const git = { source_type: 'git', source: 'https://host/slack.git', source_commit: commit } as const;
const directory = { source_type: 'directory', source: '/home/ann/my packs/slack' } as const;
const upgrade = { action: 'upgrade', version: '1.1.0', from_version: '1.0.0' } as const;

const ROWS: readonly Row[] = [
  {
    claim: 'an installation is undone by an uninstallation',
    happened: [{ action: 'install', version: '1.0.0' }],
    kept: ['1.0.0'],
    want: ['attune pack uninstall slack'],
  },
  {
    claim: 'an upgrade is undone by a rollback',
    happened: [{ action: 'install', version: '1.0.0' }, upgrade],
    kept: ['1.1.0', '1.0.0'],
    want: ['attune pack uninstall slack', 'attune pack rollback slack'],
  },
  {
    claim: 'an upgrade of longer ago is undone by naming the version',
    happened: [
      { action: 'install', version: '1.0.0' },
      upgrade,
      { action: 'upgrade', version: '1.2.0', from_version: '1.1.0' },
    ],
    kept: ['1.2.0', '1.1.0', '1.0.0'],
    want: ['attune pack uninstall slack', 'attune pack rollback slack --to 1.0.0', 'attune pack rollback slack'],
  },
  {
    claim: 'what was undone already is not undone again, but the undoing can be',
    happened: [
      { action: 'install', version: '1.0.0' },
      upgrade,
      { action: 'rollback', version: '1.0.0', from_version: '1.1.0' },
    ],
    kept: ['1.0.0', '1.1.0'],
    want: ['attune pack uninstall slack', null, 'attune pack rollback slack'],
  },
  {
    claim: 'a version that is not kept comes from its registry again',
    happened: [{ action: 'install', version: '1.0.0', ...registry }, upgrade],
    kept: ['1.1.0'],
    want: ['attune pack uninstall slack', 'attune pack install slack@1.0.0 --force'],
  },
  {
    claim: 'a version that is not kept comes from its commit again',
    happened: [{ action: 'install', version: '1.0.0', ...git }, upgrade],
    kept: ['1.1.0'],
    want: ['attune pack uninstall slack', `attune pack install https://host/slack.git --ref-spec ${commit} --force`],
  },
  {
    claim: 'a version that is not kept and came from a directory is lost: that may have gone on',
    happened: [{ action: 'install', version: '1.0.0', ...directory }, upgrade],
    kept: ['1.1.0'],
    places: [directory.source],
    want: ['attune pack uninstall slack', null],
  },
  {
    claim: 'a version whose source nobody recorded is lost',
    happened: [upgrade],
    kept: ['1.1.0'],
    want: [null],
  },
  {
    claim: 'the same version with other content can be rolled back as long as nothing came after it',
    happened: [{ action: 'reinstall', version: '1.0.0', from_version: '1.0.0' }],
    kept: ['1.0.0', '1.0.0'],
    want: ['attune pack rollback slack'],
  },
  {
    claim: 'the same version with the same content changed nothing',
    happened: [{ action: 'reinstall', version: '1.0.0', from_version: '1.0.0' }],
    kept: ['1.0.0', '0.9.0'],
    want: [null],
  },
  {
    claim: 'a removal is undone from a registry, and nothing before it is',
    happened: [
      { action: 'install', version: '1.0.0', ...registry },
      upgrade,
      { action: 'uninstall', version: '1.1.0', ...registry },
    ],
    want: [null, null, 'attune pack install slack@1.1.0'],
  },
  {
    claim: 'a removal is undone from an archive',
    happened: [{ action: 'uninstall', version: '1.0.0', ...archive }],
    want: ['attune pack install https://host/slack.zip'],
  },
  {
    claim: 'a removal is undone from a directory that is still there, quoted for a shell',
    happened: [{ action: 'uninstall', version: '1.0.0', ...directory }],
    places: [directory.source],
    want: ["attune pack install '/home/ann/my packs/slack'"],
  },
  {
    claim: 'a removal is not undone from a directory that is gone',
    happened: [{ action: 'uninstall', version: '1.0.0', ...directory }],
    want: [null],
  },
  {
    claim: 'no source can end the word that it is quoted in',
    happened: [{ action: 'uninstall', version: '1.0.0', ...archive, source: "https://host/a'; rm -rf ~; '.zip" }],
    want: ["attune pack install 'https://host/a'\\''; rm -rf ~; '\\''.zip'"],
  },
  {
    claim: 'a removal of a pack that is installed again is over',
    happened: [
      { action: 'install', version: '1.0.0', ...registry },
      { action: 'uninstall', version: '1.0.0', ...registry },
      { action: 'install', version: '1.0.0', ...registry },
    ],
    kept: ['1.0.0'],
    want: [null, null, 'attune pack uninstall slack'],
  },
  {
    claim: 'a pin is undone by letting go',
    happened: [{ action: 'pin', version: '1.0.0' }],
    kept: ['1.0.0'],
    pinned: true,
    want: ['attune pack unpin slack'],
  },
  {
    claim: 'a pin that was let go can only be set again',
    happened: [
      { action: 'pin', version: '1.0.0' },
      { action: 'unpin', version: '1.0.0' },
    ],
    kept: ['1.0.0'],
    want: [null, 'attune pack pin slack'],
  },
];

for (const { claim, happened, kept = [], pinned = false, places = [], want } of ROWS) {
  test(claim, () => {
    const events = happened.map((one, at) => event(at + 1, one)).reverse();
    const releases = kept.map((version, at) => ({
      id: at,
      ref: 'slack',
      version,
      checksum: '',
      directory: '',
      installed_at: '',
      current: at === 0,
    }));
    const node = { id: 1, ref: 'slack', registry: null, checksum: '', requested: true, pinned, dependencies: [] };
    const commands = undoCommands(events, {
      graph: kept.slice(0, 1).map((version) => ({ ...node, version })),
      retained: releases,
      exists: (path) => places.includes(path),
    });
    assert.deepEqual(commands.toReversed(), want);
  });
}

function event(id: number, happening: Happening): HistoryEvent {
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
    ...happening,
  };
}

test('what happened to one pack is no matter of another', () => {
  const events = [
    { ...event(3, { action: 'uninstall', version: '1.0.0' }), ref: 'other' },
    event(2, upgrade),
    event(1, { action: 'install', version: '1.0.0' }),
  ];
  const node = { id: 1, registry: null, checksum: '', requested: true, pinned: false, dependencies: [] };
  const commands = undoCommands(events, {
    graph: [{ ...node, ref: 'slack', version: '1.1.0' }],
    retained: [],
    exists: () => false,
  });
  assert.deepEqual(commands, [null, null, 'attune pack uninstall slack']);
});
