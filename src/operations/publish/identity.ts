import { AttuneError } from '../../errors.ts';
import { runGit } from '../../sources/git/program.ts';
import type { Identity } from '../../sources/git/push/commit-file.ts';
import type { Runtime } from '../runtime.ts';

class InvalidAuthor extends AttuneError {
  constructor(author: string) {
    super('USAGE_IDENTITY', `'${author}' is not a valid author.`, {
      facts: { author },
      hint: "Write it as 'Name <name@example.com>'.",
    });
  }
}

class NoIdentity extends AttuneError {
  constructor() {
    super('USAGE_IDENTITY', 'There is no name and email address for the commit in the registry.', {
      hint: "Pass --author 'Name <name@example.com>', set GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL, or configure user.name and user.email in git.",
    });
  }
}

const AUTHOR = /^([^<>\r\n\0]*[^<>\s\0])\s*<([^<>\s\0]+)>$/;

/**
 * Returns the author of the commit: `--author`, the variables of git, or its configuration.
 * @param directory whose configuration counts
 * @throws InvalidAuthor, NoIdentity
 */
export async function findIdentity(
  author: string | undefined,
  directory: string,
  { environment, processes }: Pick<Runtime, 'environment' | 'processes'>,
): Promise<Identity> {
  if (author !== undefined) return parseAuthor(author) ?? fail(new InvalidAuthor(author));
  const { variables } = environment;
  const name = variables['GIT_AUTHOR_NAME'] || variables['GIT_COMMITTER_NAME'];
  const email = variables['GIT_AUTHOR_EMAIL'] || variables['GIT_COMMITTER_EMAIL'];
  if (name && email) return { name, email };
  const args = ['-c', 'user.useConfigOnly=true', 'var', 'GIT_AUTHOR_IDENT'];
  const { exitCode, stdout } = await runGit(args, directory, { processes, variables });
  const configured = exitCode === 0 ? parseAuthor(stdout.trim().replace(/ \d+ [+-]\d{4}$/, '')) : undefined;
  return configured ?? fail(new NoIdentity());
}

function parseAuthor(text: string): Identity | undefined {
  const [, name, email] = AUTHOR.exec(text.trim()) ?? [];
  return name === undefined || email === undefined ? undefined : { name: name.trim(), email };
}

function fail(error: AttuneError): never {
  throw error;
}
