/**
 * A fake of GitHub's `gh` program with the commands that docs/cicd.md uses, based on the files of the test forge. Other
 * flags are rejected, so a misspelled flag fails the test.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    repo: text,
    pattern: text,
    dir: text,
    title: text,
    body: text,
    head: text,
    base: text,
    'verify-tag': flag,
    'generate-notes': flag,
  },
});

const root = process.env['FORGE_ROOT'];
if (root === undefined || !process.env['GH_TOKEN']) throw new Error('gh: set the GH_TOKEN environment variable');
const [noun, verb, subject = '', ...files] = positionals;
const repository = values.repo ?? '';
const bare = join(root, 'git', `${repository}.git`);
const release = join(root, 'files', repository, 'releases', 'download', subject);
const pulls = join(root, 'pulls', repository);

switch (`${noun} ${verb}`) {
  case 'release view':
    if (!existsSync(release)) process.exitCode = 1;
    break;
  case 'release download':
    copyFileSync(join(release, values.pattern ?? ''), join(values.dir ?? '.', values.pattern ?? ''));
    break;
  case 'release create':
    mustExist(`refs/tags/${subject}`);
    mkdirSync(release, { recursive: true });
    for (const file of files) copyFileSync(file, join(release, basename(file)));
    break;
  case 'pr view':
    if (!existsSync(join(pulls, subject))) process.exitCode = 1;
    break;
  case 'pr create':
    mustExist(`refs/heads/${values.head}`);
    mkdirSync(pulls, { recursive: true });
    writeFileSync(join(pulls, values.head ?? ''), values.title ?? '');
    break;
  default:
    throw new Error(`gh ${noun} ${verb}: not supported by this fake`);
}

function mustExist(reference: string): void {
  execFileSync('git', ['-C', bare, 'rev-parse', '--verify', '--quiet', reference], { stdio: 'ignore' });
}
