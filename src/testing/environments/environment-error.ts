import { AttuneError, type ErrorCode } from '../../errors.ts';
import type { ProcessResult } from '../../platform/processes/types.ts';

/** The packages that a pack's tests need could not be brought together. */
export class EnvironmentError extends AttuneError {}

/** A program that builds environments is not there. */
export function missingTool(program: string, files: readonly string[]): EnvironmentError {
  return new EnvironmentError(
    'DEPENDENCY_ENVIRONMENT_TOOL',
    `No environment can be made of ${files.join(', ')}: '${program}' is not on the PATH.`,
    { facts: { program, files }, hint: `Install ${program}, or leave out --env and install the packages yourself.` },
  );
}

/** What a pack asks for in a way that cannot be served. @param problems one line each */
export function invalidRequirements(problems: readonly string[], hint: string): EnvironmentError {
  const message = ['No environment can be made of what the pack asks for:', ...problems.map((line) => `  ${line}`)];
  return new EnvironmentError('INVALID_REQUIREMENTS', message.join('\n'), { facts: { problems }, hint });
}

/** What in a tool's words shows that it asked a server in vain. It holds for pip, uv and npm. */
const NETWORK_WORDS =
  /NewConnectionError|Failed to establish a new connection|Connection (?:refused|reset|aborted|timed out)|ConnectTimeout|ReadTimeout|Read timed out|name resolution|name or service not known|getaddrinfo|ProxyError|Cannot connect to proxy|SSLError|CERTIFICATE_VERIFY_FAILED|Could not fetch URL|HTTP error \d{3}|\b[45]\d\d (?:Client|Server) Error|error sending request|dns error|\bE(?:CONN(?:REFUSED|RESET|ABORTED)|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH|[45]\d\d)\b|ERR_SOCKET_TIMEOUT|_CERT_|SELF_SIGNED/i;

/** What shows that something is nowhere to be had without a server. */
const ABSENT_WORDS =
  /No matching distribution|Could not find a version|no solution found|not found in (?:the cache|the provided package locations)|ENOTCACHED|cache mode is 'only-if-cached'/i;

const LINES_SHOWN = 12;

interface FailedBuild {
  /** `pip`. */
  readonly tool: string;
  readonly files: readonly string[];
  readonly result: ProcessResult;
  readonly offline: boolean;
  /** What to do when it cannot be had offline. */
  readonly offlineHint: string;
}

/** A tool that was started and did not do it, with its last lines. */
export function buildError({ tool, files, result, offline, offlineHint }: FailedBuild): EnvironmentError {
  const lines = wordsOf(result);
  const said = lines.map((line) => `  ${line}`).join('\n');
  const facts = { tool, files, exit_code: result.exitCode, output: lines };
  const failure = (code: ErrorCode, why: string, hint: string) =>
    new EnvironmentError(code, `${tool} could not install what ${files.join(', ')} asks for: ${why}\n${said}`, {
      facts,
      hint,
    });
  const output = `${result.stdout}\n${result.stderr}`;
  if (offline && (ABSENT_WORDS.test(output) || NETWORK_WORDS.test(output)))
    return failure(
      'NETWORK_OFFLINE',
      'not all of it is on this machine, and --offline forbids to fetch it.',
      offlineHint,
    );
  if (result.timedOut) return failure('NETWORK_TIMEOUT', 'it took too long.', CHECK_NETWORK);
  if (NETWORK_WORDS.test(output))
    return failure(
      'NETWORK_ENVIRONMENT',
      'a server could not be reached or refused it.',
      `${CHECK_NETWORK} ${offlineHint}`,
    );
  const why =
    result.startError ??
    (result.exitCode === null ? `it was ended by ${result.signal}.` : `it ended with exit status ${result.exitCode}.`);
  return failure(
    'DEPENDENCY_ENVIRONMENT',
    why,
    `Correct ${files.join(', ')}, or see whether ${tool} can do it by hand.`,
  );
}

const CHECK_NETWORK = 'Check the network, a proxy (HTTPS_PROXY) and the index that the tool is configured with.';

/** The last lines of what a tool said; on standard error it says what went wrong. */
function wordsOf({ stdout, stderr }: ProcessResult): string[] {
  const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');
  const errors = lines(stderr);
  return (errors.length > 0 ? errors : lines(stdout)).slice(-LINES_SHOWN);
}
