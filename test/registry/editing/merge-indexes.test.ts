import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readYaml } from '../../../src/documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { formatMerged } from '../../../src/registry/editing/format-merged.ts';
import { type MergedIndex, mergeIndexes, type Preference } from '../../../src/registry/editing/merge-indexes.ts';
import type { Mapping } from '../../../src/registry/index/mapping.ts';
import { locateIndex } from '../../../src/registry/index/positions/locate-index.ts';
import { readIndex } from '../../../src/registry/index/read-index.ts';
import { FIXTURES } from '../../support/attune.ts';
import { entryOf, indexOf, sourceOf } from '../../support/registry/index.ts';

const PUBLIC = readFileSync(join(FIXTURES, 'registry', 'public-index.json'), 'utf8');

/** Merges inputs, each a text or a value that is serialized as JSON; their locations are `0.json`, `1.json` and so on. */
function merge(inputs: readonly unknown[], preference: Preference = 'first'): MergedIndex {
  const texts = inputs.map((input) => (typeof input === 'string' ? input : JSON.stringify(input)));
  const located = texts.map((text, position) => {
    const name = text.startsWith('{') || text.startsWith('\u{FEFF}') ? `${position}.json` : `${position}.yaml`;
    return locateIndex(Buffer.from(text), name, DEFAULT_LIMITS, silentReporter);
  });
  return mergeIndexes(located, preference);
}

function textOf(merged: MergedIndex, format: 'json' | 'yaml' = 'json'): string {
  return Buffer.concat([...formatMerged(merged, format, () => (url) => url)]).toString();
}

function merged(inputs: readonly unknown[], preference?: Preference) {
  return JSON.parse(textOf(merge(inputs, preference))) as Record<string, unknown> & {
    packs: Record<string, unknown>[];
  };
}

const hash = (digit: string) => `sha256:${digit.repeat(64)}`;
const versionOf = (version: string, digit = 'a') =>
  indexOf(entryOf('p', { version, install_sources: [sourceOf({ checksum: hash(digit) })] }));

describe('mergeIndexes: versions', () => {
  const ROWS: readonly { title: string; versions: string[]; want: string }[] = [
    { title: '1.10.0 is higher than 1.9.0', versions: ['1.9.0', '1.10.0'], want: '1.10.0' },
    { title: '2.0.0 is higher than 2.0.0-rc.1', versions: ['2.0.0', '2.0.0-rc.1'], want: '2.0.0' },
    { title: 'rc.10 is higher than rc.9', versions: ['2.0.0-rc.9', '2.0.0-rc.10'], want: '2.0.0-rc.10' },
    {
      title: 'an alphanumeric prerelease is higher than a numeric one',
      versions: ['1.0.0-1', '1.0.0-a'],
      want: '1.0.0-a',
    },
    { title: 'the highest of three versions is chosen', versions: ['0.9.0', '10.0.0', '9.9.9'], want: '10.0.0' },
  ];
  for (const { title, versions, want } of ROWS) {
    test(`mergeIndexes: ${title}`, () => {
      for (const order of [versions, versions.toReversed()])
        assert.equal(merged(order.map((version) => versionOf(version))).packs[0]?.['version'], want);
    });
  }

  test('mergeIndexes: of versions that differ only in build metadata, the first is kept', () => {
    assert.equal(merged([versionOf('1.0.0+1'), versionOf('1.0.0+2')]).packs[0]?.['version'], '1.0.0+1');
    assert.equal(merged([versionOf('1.0.0+2'), versionOf('1.0.0+1')]).packs[0]?.['version'], '1.0.0+2');
  });

  test('mergeIndexes: an invalid version is refused with file, line and entry', () => {
    assert.throws(
      () => merge([versionOf('1.0.0'), JSON.stringify(versionOf('1.0'), null, 2)]),
      /1\.json:11:7 packs\[0\]\.version: '1\.0' is not a semantic version.*pack 'p'/,
    );
  });
});

describe('mergeIndexes: result', () => {
  test('mergeIndexes: the result has the identity of the first input, the latest date and sorted refs', () => {
    const one = {
      ...indexOf(entryOf('z'), entryOf('b')),
      registry_name: 'One',
      last_updated: '2026-01-01T00:00:00+02:00',
    };
    const two = { ...indexOf(entryOf('b'), entryOf('a')), registry_name: 'Two', last_updated: '2025-12-31T23:00:00Z' };
    const result = merge([one, two]);
    assert.equal(result.totalLoaded, 4);
    assert.deepEqual(
      result.entries.map(({ entry }) => entry.ref),
      ['a', 'b', 'z'],
    );
    assert.deepEqual(result.conflicts, []);
    assert.equal(result.head['registry_name'], 'One');
    assert.equal(result.head['last_updated'], '2025-12-31T23:00:00Z');
  });

  test('mergeIndexes: the public index keeps its bytes, also if the input is compact or uses tabs', () => {
    assert.equal(textOf(merge([PUBLIC])), PUBLIC);
    assert.equal(textOf(merge([PUBLIC.replace(/\n */g, '')])), PUBLIC);
    const tabs = PUBLIC.replace(/\n *(?= )/g, (lead) => lead.replaceAll('  ', '\t'));
    assert.equal(textOf(merge([tabs.replaceAll('\n', '\r\n')])), PUBLIC);
  });

  test('mergeIndexes: unknown fields, numbers and strings keep their spelling', () => {
    const unusual = '{"n":1.0e+2,"big":12345678901234567890,"s":"\\u00e9\\/","e":{ },"l":[ ],"q":"\\\\\\"{"}';
    const one = JSON.stringify({ extra: { a: [] }, ...indexOf(entryOf('a', { zz: 'X' })) }).replace('"X"', unusual);
    const two = { ...indexOf(entryOf('b')), extra: 'not this', more: 1 };
    const text = textOf(merge([one, two]));
    assert.ok(text.includes('"n": 1.0e+2,\n') && text.includes('"big": 12345678901234567890,\n'));
    assert.ok(text.includes('"s": "\\u00e9\\/",\n') && text.includes('"e": {},\n') && text.includes('"l": [],\n'));
    const { extra, more } = JSON.parse(text);
    assert.deepEqual([extra, more], [{ a: [] }, 1]);
    assert.deepEqual(Object.keys(JSON.parse(text))[0], 'extra');
  });

  test('mergeIndexes: older forms are converted to the full form, and other entries are unchanged', () => {
    const old = entryOf('a', {
      contents: { actions: 3, sensors: [] },
      description: undefined,
      runtime_deps: undefined,
    });
    const { registry_name: _, registry_url: __, last_updated: ___, ...head } = indexOf(old, entryOf('b', { n: 7 }));
    const text = JSON.stringify(head).replace('"n":7', '"n":7.0');
    const result = merged([text]);
    assert.deepEqual(Object.keys(result), ['registry_name', 'registry_url', 'version', 'last_updated', 'packs']);
    assert.deepEqual(result.packs[0]?.['contents'], {
      actions: [],
      sensors: [],
      triggers: [],
      rules: [],
      workflows: [],
    });
    assert.equal(result.packs[0]?.['description'], '');
    assert.deepEqual(Object.keys(result.packs[0] ?? {}).slice(0, 4), ['ref', 'label', 'description', 'version']);
    assert.ok(textOf(merge([text])).includes('"n": 7.0'));
    const warnings: string[] = [];
    readIndex(Buffer.from(JSON.stringify(result)), 'm.json', DEFAULT_LIMITS, {
      ...silentReporter,
      warn: (warning) => warnings.push(warning),
    });
    assert.deepEqual(warnings, []);
  });

  test('mergeIndexes: conversion between YAML and JSON retains all values', () => {
    const value = indexOf(entryOf('a', { description: 'yes\n\n', use_case: '1:30' }), entryOf('b', { n: [1.5, null] }));
    const yaml = textOf(merge([value]), 'yaml');
    assert.deepEqual(readYaml(Buffer.from(yaml), 'i.yaml', DEFAULT_LIMITS).value, value);
    assert.equal(textOf(merge([yaml])), `${JSON.stringify(value, null, 2)}\n`);
  });

  test('mergeIndexes: indexes without packs are merged', () => {
    assert.equal(textOf(merge([indexOf(), indexOf()])), `${JSON.stringify(indexOf(), null, 2)}\n`);
  });
});

describe('mergeIndexes: conflicts', () => {
  const [one, two] = [versionOf('1.0.0', 'a'), versionOf('1.0.0', 'b')];

  test('mergeIndexes: the same version with other checksums is a conflict, and the first is kept', () => {
    const { conflicts, entries } = merge([one, two]);
    assert.deepEqual(conflicts, [
      {
        ref: 'p',
        version: '1.0.0',
        kept: '0.json',
        candidates: [
          { index: '0.json', version: '1.0.0', checksums: [hash('a')] },
          { index: '1.json', version: '1.0.0', checksums: [hash('b')] },
        ],
      },
    ]);
    assert.equal(entries[0]?.index.location, '0.json');
  });

  test('mergeIndexes: with the preference last, the last of conflicting versions is kept', () => {
    const { conflicts, entries } = merge([one, two], 'last');
    assert.equal(conflicts[0]?.kept, '1.json');
    assert.equal(entries[0]?.index.location, '1.json');
  });

  test('mergeIndexes: without a conflict, the first is kept regardless of the preference', () => {
    const other = { ...one, packs: [{ ...(one.packs[0] as object), label: 'Other' }] };
    const { conflicts, entries } = merge([one, other], 'last');
    assert.deepEqual([conflicts, entries[0]?.index.location], [[], '0.json']);
  });

  test('mergeIndexes: a conflict about a version that is not kept is reported', () => {
    const { conflicts, entries } = merge([one, two, versionOf('2.0.0')]);
    assert.deepEqual(
      conflicts.map(({ version, kept }) => [version, kept]),
      [['1.0.0', null]],
    );
    assert.equal(entries[0]?.entry.version, '2.0.0');
  });

  const git = (digit: string) => sourceOf({ type: 'git', ref: 'v1', checksum: hash(digit) });
  const archive = (digit: string) => sourceOf({ checksum: hash(digit) });
  const ROWS: readonly { title: string; sources: [unknown[], unknown[]]; want: number }[] = [
    {
      title: 'checksums that differ only in case do not conflict',
      sources: [[archive('a')], [sourceOf({ checksum: hash('a').toUpperCase().replace('SHA', 'sha') })]],
      want: 0,
    },
    { title: 'an additional source does not conflict', sources: [[git('a')], [git('a'), archive('b')]], want: 0 },
    {
      title: 'sources with one common archive do not conflict',
      sources: [[archive('a'), archive('b')], [archive('b')]],
      want: 0,
    },
    {
      title: 'another commit in addition to the same archive conflicts',
      sources: [
        [git('a'), archive('c')],
        [git('b'), archive('c')],
      ],
      want: 1,
    },
    {
      title: 'git and archive sources cannot be compared and conflict',
      sources: [[git('a')], [archive('b')]],
      want: 1,
    },
  ];
  for (const { title, sources, want } of ROWS) {
    test(`mergeIndexes: ${title}`, () => {
      const indexes = sources.map((install_sources) => indexOf(entryOf('p', { install_sources })));
      assert.equal(merge(indexes).conflicts.length, want);
    });
  }
});

describe('mergeIndexes: releases', () => {
  const release = (version: string, digit = 'a', more = {}) => ({
    version,
    install_sources: [sourceOf({ checksum: hash(digit) })],
    runtime_deps: [],
    ...more,
  });
  const published = (version: string, ...releases: unknown[]) => indexOf(entryOf('p', { version, releases }));
  const versions = (index: { packs: Record<string, unknown>[] }) =>
    (index.packs[0]?.['releases'] as Mapping[] | undefined)?.map(({ version }) => version);

  test('mergeIndexes: releases are united without duplicates, newest first, without the version of the entry', () => {
    const one = published('2.0.0', release('1.9.0'), release('1.0.0'));
    const two = published('1.10.0', release('1.9.0'), release('1.9.1'), release('2.0.0'));
    assert.deepEqual(versions(merged([one, two])), ['1.9.1', '1.9.0', '1.0.0']);
    assert.deepEqual(versions(merged([two, one])), ['1.9.1', '1.9.0', '1.0.0']);
  });

  test('mergeIndexes: a lower version of another input does not become a release', () => {
    assert.equal(versions(merged([versionOf('1.0.0'), versionOf('2.0.0')])), undefined);
  });

  test('mergeIndexes: the order of the releases is unchanged if none is added', () => {
    const one = published('2.0.0', release('1.0.0', 'a', { n: 1 }), release('1.9.0'));
    assert.deepEqual(versions(merged([one, published('1.9.0', release('1.0.0'))])), ['1.0.0', '1.9.0']);
  });

  test('mergeIndexes: a release with other checksums is a conflict, and the preferred one is written', () => {
    const one = published('2.0.0', release('1.0.0', 'b', { yanked: 'bad' }));
    const two = versionOf('1.0.0', 'c');
    const { conflicts } = merge([one, two]);
    assert.deepEqual(
      conflicts.map(({ version, kept }) => [version, kept]),
      [['1.0.0', '0.json']],
    );
    const last = merged([one, two], 'last').packs[0]?.['releases'] as Mapping[];
    assert.deepEqual(last[0]?.['install_sources'], [sourceOf({ checksum: hash('c') })]);
    assert.equal(last[0]?.['yanked'], undefined);
  });
});

describe('mergeIndexes: properties', () => {
  const entry = fc
    .record({
      ref: fc.constantFrom('a', 'b', 'c', 'd'),
      version: fc.constantFrom('1.0.0', '1.0.0+x', '1.0.0-rc.1', '1.9.0', '1.10.0', '2.0.0'),
      digit: fc.constantFrom('a', 'b'),
      label: fc.string({ unit: 'grapheme', maxLength: 5 }),
      earlier: fc.uniqueArray(fc.constantFrom('0.1.0', '0.2.0', '1.9.0', '2.0.0'), { maxLength: 2 }),
    })
    .map(({ ref, version, digit, label, earlier }) => {
      const install_sources = [sourceOf({ checksum: hash(digit) })];
      const releases = earlier
        .filter((one) => one !== version)
        .map((one) => ({ version: one, install_sources, runtime_deps: [] }));
      return entryOf(ref, { version, label, install_sources, releases: releases.length > 0 ? releases : undefined });
    });
  const index = fc.uniqueArray(entry, { selector: ({ ref }) => ref, maxLength: 4 }).map((packs) => indexOf(...packs));
  const indexes = fc.array(index, { minLength: 1, maxLength: 4 });

  test('mergeIndexes: merging a result alone, with itself or with its inputs gives the same bytes', () => {
    fc.assert(
      fc.property(indexes, (inputs) => {
        const once = textOf(merge(inputs));
        assert.equal(textOf(merge([once])), once);
        assert.equal(textOf(merge([once, once])), once);
        assert.equal(textOf(merge([once, ...inputs])), once);
        assert.equal(textOf(merge(inputs)), once);
      }),
    );
  });

  test('mergeIndexes: the order of the inputs affects only the identity and equal versions', () => {
    fc.assert(
      fc.property(indexes, (inputs) => {
        const [one, other] = [merge(inputs), merge(inputs.toReversed())];
        const facts = ({ entries, conflicts, totalLoaded }: MergedIndex) => ({
          versions: entries.map(({ entry }) => [entry.ref, entry.version.replace(/\+.*/, '')]),
          conflicts: conflicts.map(({ ref, version }) => [ref, version.replace(/\+.*/, '')]).sort(),
          totalLoaded,
        });
        assert.deepEqual(facts(one).versions, facts(other).versions);
        assert.equal(one.totalLoaded, other.totalLoaded);
        if (one.conflicts.length === 0 && other.conflicts.length === 0) {
          const releases = (text: string) =>
            JSON.parse(text).packs.map((pack: Mapping) =>
              (pack['releases'] as Mapping[] | undefined)?.map(({ version }) => version).sort(),
            );
          const plain = !textOf(one).includes('+x');
          if (plain) assert.deepEqual(releases(textOf(one)), releases(textOf(other)));
        }
      }),
    );
  });

  test('mergeIndexes: the result is a valid index with unique refs', () => {
    fc.assert(
      fc.property(indexes, fc.constantFrom<Preference>('first', 'last'), (inputs, preference) => {
        for (const format of ['json', 'yaml'] as const) {
          const text = textOf(merge(inputs, preference), format);
          const read = readIndex(Buffer.from(text), `m.${format}`, DEFAULT_LIMITS, silentReporter);
          const refs = inputs.flatMap(({ packs }) => packs.map((pack) => (pack as Mapping)['ref']));
          assert.deepEqual(
            read.packs.map(({ ref }) => ref),
            [...new Set(refs)].sort(),
          );
        }
      }),
    );
  });
});
