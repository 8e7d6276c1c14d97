import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROJECT } from '../support/attune.ts';

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...globSync('docs/**/*.md', { cwd: PROJECT }).sort()];

const read = (document: string) => readFileSync(join(PROJECT, document), 'utf8');

test('docs: every path and link exists', () => {
  const missing = DOCUMENTS.flatMap((document) => {
    const text = withoutFences(read(document));
    return [...missingPaths(text), ...brokenLinks(document, text)].map((item) => `${document}: ${item}`);
  });
  assert.deepEqual(missing, []);
});

/** Fenced blocks show other repositories and comments that look like headings. */
function withoutFences(markdown: string): string {
  return markdown.replace(/^```[^\n]*\n[\s\S]*?^```$/gm, '');
}

/** Finds paths of this repository in code style. Of `src/sources/<kind>/fetch.ts` only `src/sources/` can be checked. */
function missingPaths(text: string): string[] {
  const code = [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, content = '']) => content.split(/\s+/));
  return code
    .filter((path) => /^(?:src|bin|test)\//.test(path))
    .filter((path) => !isPath(path.replace(/[^/]*[<*{].*$/, '')));
}

/** A folder is written with a trailing slash, or without one; a file never has one. */
function isPath(path: string): boolean {
  const absolute = join(PROJECT, path);
  return existsSync(absolute) && (!path.endsWith('/') || statSync(absolute).isDirectory());
}

function brokenLinks(document: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const { pathname, hash } = new URL(target, `file:///${document}`);
      const file = decodeURIComponent(pathname.slice(1));
      return !existsSync(join(PROJECT, file)) || (hash !== '' && !anchorsOf(file).includes(hash.slice(1)));
    });
}

/** Returns the anchors of the headings as GitHub derives them, without the numbers of repeated headings. */
function anchorsOf(document: string): string[] {
  const headings = [...withoutFences(read(document)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}
