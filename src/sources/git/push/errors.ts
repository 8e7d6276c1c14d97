import { oneLine } from '../../../documents/problems.ts';
import { AttuneError, reasonOf } from '../../../errors.ts';
import type { SafeUrl } from '../../../platform/safe-url.ts';

/** The server refused to update a ref. */
export class PushRefused extends AttuneError {
  constructor(url: SafeUrl, ref: string, message: string) {
    super('NETWORK_REFUSED', `${url} refused to update '${shortName(ref)}':\n${message.replace(/^/gm, '  ')}`, {
      facts: { url: `${url}`, ref, server_message: message },
      hint: 'The branch may be protected, or a hook may forbid the change. Correct what the message names, or use another --branch or account.',
    });
  }
}

export class BranchNotFound extends AttuneError {
  constructor(url: SafeUrl, branch: string | undefined) {
    super('NOT_FOUND_BRANCH', `${url} has no ${branch === undefined ? 'default branch' : `branch '${branch}'`}.`, {
      facts: { url: `${url}`, branch },
      hint: 'Pass an existing branch with --branch, or create it in the repository first.',
    });
  }
}

/** The library could not read a response, or lacks an object that the response refers to. */
export class UnexpectedResponse extends AttuneError {
  constructor(url: SafeUrl, cause: unknown) {
    const why = url.redact(oneLine(reasonOf(cause)));
    super('NETWORK_PROTOCOL', `The git repository ${url} sent an incomplete or unexpected response: ${why}`, {
      facts: { url: `${url}`, reason: why },
      hint: 'Try again. If the error remains, check that git itself can fetch from and push to this repository.',
      cause,
    });
  }
}

/** The ref has another value than the one that the push was based on. */
export class RefMoved extends Error {}

function shortName(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '');
}
