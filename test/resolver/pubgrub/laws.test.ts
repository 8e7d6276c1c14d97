import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import SemVer from 'semver/classes/semver.js';
import { Catalogue } from '../../../src/resolver/pubgrub/catalog.ts';
import type { Incompatibility } from '../../../src/resolver/pubgrub/model/incompatibility.ts';
import type { Candidate } from '../../../src/resolver/pubgrub/model/problem.ts';
import { implies, isIn, isNotIn, type Term } from '../../../src/resolver/pubgrub/model/term.ts';
import { VersionSet } from '../../../src/resolver/pubgrub/model/version-set.ts';
import { solve } from '../../../src/resolver/pubgrub/solve.ts';
import { solutions } from '../../support/resolver/brute-force.ts';
import {
  type Case,
  candidatesOf,
  problemOf,
  solveCase,
  TODAY,
  type Universe,
} from '../../support/resolver/universe.ts';

const REFS = ['a', 'b', 'c', 'd', 'e'];
const RANGES = ['', '@^1', '@<2', '@>=1.5', '@1.0.0', '@!=1.5.0', '@^2.0.0-rc.1', '@>=2.0.0-rc.1 || 1.0.0', '@>2,<1'];
const VERSIONS = ['1.0.0', '1.5.0', '2.0.0-rc.1', '2.0.0', '1.5.0!', "2.0.0'"];

const need = fc
  .tuple(fc.constantFrom(...REFS, 'missing'), fc.constantFrom(...RANGES))
  .map(([ref, range]) => ref + range)
  // What nobody has would be in the way of nearly everything.
  .filter((text) => !text.startsWith('missing') || text === 'missing');
const needs = fc.uniqueArray(need, { maxLength: 2 });
const pack = fc.dictionary(fc.constantFrom(...VERSIONS), needs, { minKeys: 1, maxKeys: 4 }).map(oneOfEach);
const universe: fc.Arbitrary<Universe> = fc
  .tuple(...REFS.map(() => fc.option(pack, { nil: undefined, freq: 12 })))
  .map((packs) => Object.fromEntries(packs.flatMap((one, at) => (one ? [[REFS[at]!, one]] : []))));
const held = fc.dictionary(
  fc.constantFrom(...REFS),
  fc.constantFrom('1.0.0', '1.5.0 firm', '2.0.0-rc.1', '1.5.0 locked', '2.0.0 locked firm', '1.7.0-dev firm'),
  { maxKeys: 2 },
);
const ask = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...REFS), fc.constantFrom(...RANGES.filter((text) => !/[,!]/.test(text)))), {
    minLength: 1,
    maxLength: 3,
    selector: ([ref]) => ref,
  })
  .map((roots) => roots.map(([ref, range]) => ref + range));
const policy = fc.record(
  { notAfter: fc.constant(new Date(TODAY.getTime() - 7 * 86_400_000)), excluded: fc.constant(new Map([['e', 'old']])) },
  { requiredKeys: [] },
);
const cases: fc.Arbitrary<Case & { universe: Universe }> = fc.record({ universe, ask, held, policy });

/** `1.5.0` and `1.5.0!` are the same version. */
function oneOfEach(versions: Record<string, string[]>): Record<string, string[]> {
  const seen = new Set<string>();
  return Object.fromEntries(
    Object.entries(versions).filter(([name]) => {
      const version = name.replace(/[!']$/, '');
      return !seen.has(version) && seen.add(version);
    }),
  );
}

const asText = (assignment: Iterable<readonly [string, string]>) =>
  [...assignment]
    .map(([ref, version]) => `${ref} ${version}`)
    .sort()
    .join(', ');

/** The same harness, told in another order. */
function turned({ universe, ask, held = {}, ...rest }: Case & { universe: Universe }): Case {
  const backwards = <T>(record: Readonly<Record<string, T>>) => Object.entries(record).toReversed();
  return {
    ...rest,
    ask: ask.toReversed(),
    held: Object.fromEntries(backwards(held)),
    universe: Object.fromEntries(
      backwards(universe).map(([ref, versions]) => [
        ref,
        Object.fromEntries(backwards(versions).map(([version, wanted]) => [version, wanted.toReversed()])),
      ]),
    ),
  };
}

/** All incompatibilities in a derivation. */
function derivation(failure: Incompatibility): Incompatibility[] {
  const all = new Set([failure]);
  for (const { cause } of all) if (cause.kind === 'derived') all.add(cause.conflict).add(cause.other);
  return [...all];
}

function failureOf(one: Case & { universe: Universe }): Incompatibility | undefined {
  const problem = problemOf(one);
  const asking = solve<Candidate>(problem, new Catalogue<Candidate>(problem));
  let step = asking.next();
  while (!step.done) step = asking.next(candidatesOf(one.universe, step.value));
  return 'cause' in step.value ? step.value : undefined;
}

describe('laws', () => {
  const numRuns = 200;

  test('a solution is found exactly where there is one, and it is one', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { outcome } = solveCase(one);
        const all = solutions(one.universe, problemOf(one)).map(asText);
        assert.equal(outcome.solved, all.length > 0);
        if (!outcome.solved) return;
        const found = asText(outcome.packs.map(({ ref, version }) => [ref, version]));
        assert.ok(all.includes(found), found);
      }),
      { numRuns },
    );
  });

  test('the order in which things are listed changes nothing, not even a word', () => {
    fc.assert(
      fc.property(cases, (one) => {
        // A circle is told from the root that was named first.
        const told = ({ outcome, asked }: ReturnType<typeof solveCase>) => ({
          asked,
          circular: outcome.cycles.length > 0,
          outcome: outcome.solved
            ? outcome.packs.map(({ ref, version, needs }) => [ref, version, needs])
            : outcome.conflicts,
        });
        assert.deepEqual(told(solveCase(turned(one))), told(solveCase(one)));
      }),
      { numRuns },
    );
  });

  test('a pack that nobody needs changes nothing and is not asked for', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const universe = { ...one.universe, unrelated: { '1.0.0': ['a@^9', 'b@^9'] } };
        assert.deepEqual(solveCase({ ...one, universe }), solveCase(one));
      }),
      { numRuns },
    );
  });

  test('nobody is asked for anything twice', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { asked } = solveCase(one);
        assert.equal(new Set(asked).size, asked.length);
      }),
      { numRuns },
    );
  });

  test('every conclusion of a proof follows from its two premises', () => {
    const versions = ['0.9.0', '1.0.0', '1.5.0', '1.7.0-dev', '2.0.0-rc.1', '2.0.0', '2.1.0', undefined];
    /** Whether a statement holds of a pack in a version, or of one that is not there. */
    const holds = (term: Term, version: string | undefined) =>
      implies(version === undefined ? isNotIn(term.ref, VersionSet.ANY) : exactly(term.ref, version), term);
    fc.assert(
      fc.property(cases, fc.array(fc.constantFrom(...versions), { minLength: 60, maxLength: 60 }), (one, picks) => {
        const failure = failureOf(one);
        for (const { terms, cause } of failure ? derivation(failure) : []) {
          if (cause.kind !== 'derived') continue;
          for (let run = 0; run < 50; run++) {
            const harness = new Map(
              [...REFS, 'missing'].map((ref, at) => [ref, picks[(run * 7 + at * (run + 1)) % picks.length]]),
            );
            const isTrue = (all: readonly Term[]) => all.every((term) => holds(term, harness.get(term.ref)));
            if (isTrue(terms)) assert.ok(isTrue(cause.conflict.terms) || isTrue(cause.other.terms));
          }
        }
      }),
      { numRuns },
    );
  });

  test('a proof is told in full sentences, with numbers that were given before', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { outcome } = solveCase(one);
        for (const { lines, facts } of outcome.solved ? [] : outcome.conflicts) {
          assert.match(lines.at(-1)!, /^(So, because .*|Because .*|Thus), there is no solution\.$/);
          assert.ok(facts.length > 0);
          const given = new Set<string>();
          for (const line of lines) {
            assert.match(line, /^(\(\d+\) )?(Because .*|And because .*|So, because .*|Thus), .*\.$/);
            const [, own, text] = /^(\(\d+\))? ?(.*)$/.exec(line)!;
            for (const [number] of text!.matchAll(/\(\d+\)/g)) assert.ok(given.has(number), lines.join('\n'));
            if (own) given.add(own);
          }
        }
      }),
      { numRuns },
    );
  });
});

function exactly(ref: string, version: string): Term {
  return isIn(ref, VersionSet.exactly(new SemVer(version)));
}
