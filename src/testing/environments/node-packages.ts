import { inspect } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { pathInside } from '../workspace/copy-pack.ts';
import { invalidRequirements } from './environment-error.ts';

const MANIFEST = 'package.json';
/** The second is what npm takes where both are. */
const LOCKS = ['package-lock.json', 'npm-shrinkwrap.json'];
const DEPENDENCIES = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** What npm is given. Paths are relative to the pack, with `/`. */
export interface NodePackages {
  readonly lock: string;
  /** `package.json`, the lock, and the packages that the pack brings along as archives. */
  readonly files: readonly string[];
}

/**
 * What a pack's `package.json` asks for; `undefined` where that is nothing, or where the pack brings its `node_modules`.
 * @param root of the pack, absolute
 * @throws EnvironmentError where there is no lock, or it names what cannot be moved out of the pack
 */
export function readNodePackages(root: string): NodePackages | undefined {
  if (kindIn(root, MANIFEST) !== 'file' || kindIn(root, 'node_modules') === 'directory') return undefined;
  const manifest = readObject(root, MANIFEST);
  if (!DEPENDENCIES.some((field) => Object.keys(objectOf(manifest[field])).length > 0)) return undefined;
  const lock = LOCKS.findLast((path) => kindIn(root, path) === 'file');
  if (lock === undefined) {
    throw invalidRequirements(
      [`${MANIFEST} names packages, and there is no ${LOCKS[0]} that says which versions`],
      `Run npm install --package-lock-only in the pack, and keep its ${LOCKS[0]} with the pack.`,
    );
  }
  return { lock, files: [MANIFEST, lock, ...archivesIn(root, lock)] };
}

function archivesIn(root: string, lock: string): string[] {
  const packages = readObject(root, lock)['packages'];
  if (packages === undefined) {
    throw invalidRequirements([`${lock} is of a form that npm wrote before version 7`], OTHER_LOCK);
  }
  const problems: string[] = [];
  const archives = Object.entries(objectOf(packages)).flatMap(([place, entry]) => {
    const { link, resolved } = objectOf(entry);
    if (link === true || (place !== '' && !place.startsWith('node_modules/'))) {
      problems.push(`${lock}: '${place}' is a directory of the pack, and an environment cannot lead back into it`);
    }
    const [, path] = typeof resolved === 'string' ? (/^file:(.+)$/.exec(resolved) ?? []) : [];
    if (path === undefined || link === true) return [];
    if (kindIn(root, path) === 'file') return [path];
    problems.push(`${lock}: '${place}' comes from '${path}', which is no file of the pack`);
    return [];
  });
  if (problems.length > 0)
    throw invalidRequirements(problems, 'Name packages of a registry, or archives (npm pack) in the pack.');
  return [...new Set(archives)].sort();
}

const OTHER_LOCK = 'Write it anew with npm install --package-lock-only.';

function readObject(root: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return objectOf(JSON.parse(readFile(pathInside(root, path) as string).toString('utf8')));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalidRequirements([`${path} is no JSON: ${error.message}`], `Correct ${path}.`);
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** A link in a pack is no file of it. */
function kindIn(root: string, path: string): string | undefined {
  const absolute = pathInside(root, path);
  return absolute === undefined ? undefined : inspect(absolute)?.kind;
}
