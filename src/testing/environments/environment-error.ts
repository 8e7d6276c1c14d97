import { AttuneError, type ErrorCode } from '../../errors.ts';
import type { ProcessResult } from '../../platform/processes/types.ts';

/** An environment that could not be created. */
export class EnvironmentError extends AttuneError {}

/** Creates the error for a missing program. */
export function missingTool(program: string, files: readonly string[]): EnvironmentError {
  return new EnvironmentError(
    'DEPENDENCY_ENVIRONMENT_TOOL',
    `Cannot create an environment from ${files.join(', ')}: '${program}' is not on the PATH.`,
    { facts: { program, files }, hint: `Install ${program}, or omit --env and install the packages manually.` },
  );
}

/** Creates the error for requirements that cannot be installed. @param problems one line each */
export function invalidRequirements(problems: readonly string[], hint: string): EnvironmentError {
  const message = [
    "Cannot create an environment from the pack's requirements:",
    ...problems.map((line) => `  ${line}`),
  ];
  return new EnvironmentError('INVALID_REQUIREMENTS', message.join('\n'), { facts: { problems }, hint });
}

/** Matches output of pip, uv and npm that reports a failed request to a server. */
const NETWORK_FAILURE =
  /NewConnectionError|Failed to establish a new connection|Connection (?:refused|reset|aborted|timed out)|ConnectTimeout|ReadTimeout|Read timed out|name resolution|name or service not known|getaddrinfo|ProxyError|Cannot connect to proxy|SSLError|CERTIFICATE_VERIFY_FAILED|Could not fetch URL|HTTP error \d{3}|\b[45]\d\d (?:Client|Server) Error|error sending request|dns error|\bE(?:CONN(?:REFUSED|RESET|ABORTED)|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH|[45]\d\d)\b|ERR_SOCKET_TIMEOUT|_CERT_|SELF_SIGNED/i;

/** Matches output that reports a package which is not available locally. */
const PACKAGE_UNAVAILABLE =
  /No matching distribution|Could not find a version|no solution found|not found in (?:the cache|the provided package locations)|ENOTCACHED|cache mode is 'only-if-cached'/i;

const MAX_LINES = 12;

interface FailedBuild {
  /** The name of the tool in messages, such as `pip`. */
  readonly tool: string;
  readonly files: readonly string[];
  readonly result: ProcessResult;
  readonly offline: boolean;
  /** How to provide the packages offline. */
  readonly offlineHint: string;
}

/** Creates the error for a tool that failed, with the last lines of its output. */
export function buildError(build: FailedBuild): EnvironmentError {
  const { tool, files, result, offline, offlineHint } = build;
  const stale = tool === 'npm' ? staleLock(build) : undefined;
  if (stale !== undefined) return stale;
  const lines = lastLines(result);
  const shown = lines.map((line) => `  ${line}`).join('\n');
  const facts = { tool, files, exit_code: result.exitCode, output: lines };
  const failure = (code: ErrorCode, why: string, hint: string) =>
    new EnvironmentError(code, `${tool} could not install the packages of ${files.join(', ')}: ${why}\n${shown}`, {
      facts,
      hint,
    });
  const output = `${result.stdout}\n${result.stderr}`;
  if (offline && (PACKAGE_UNAVAILABLE.test(output) || NETWORK_FAILURE.test(output)))
    return failure(
      'NETWORK_OFFLINE',
      'some packages are not available locally, and --offline forbids downloads.',
      offlineHint,
    );
  if (result.timedOut) return failure('NETWORK_TIMEOUT', 'the tool timed out.', CHECK_NETWORK);
  if (NETWORK_FAILURE.test(output))
    return failure(
      'NETWORK_ENVIRONMENT',
      'a server could not be reached or rejected the request.',
      `${CHECK_NETWORK} ${offlineHint}`,
    );
  const why =
    result.startError ??
    (result.exitCode === null
      ? `the tool was terminated by ${result.signal}.`
      : `the tool exited with status ${result.exitCode}.`);
  return failure('DEPENDENCY_ENVIRONMENT', why, `Correct ${files.join(', ')}, or run ${tool} manually to investigate.`);
}

/** The lines of `npm ci` that name the packages whose lock does not fit package.json. */
const UNLOCKED_PACKAGE = /\b((?:Missing|Invalid): .*\block file\b.*)$/gm;

/** Returns the error for a lock file that does not fit package.json; npm itself prints its usage with it. */
function staleLock({ result, files }: FailedBuild): EnvironmentError | undefined {
  const problems = Array.from(result.stderr.matchAll(UNLOCKED_PACKAGE), ([, problem = '']) => problem);
  if (problems.length === 0) return undefined;
  const [first = '', second = ''] = files;
  const message = [`${second} does not match ${first}:`, ...problems.slice(0, MAX_LINES).map((line) => `  ${line}`)];
  return new EnvironmentError('INVALID_REQUIREMENTS', message.join('\n'), {
    facts: { files, problems },
    hint: 'Run npm install in the pack, and add the changed package-lock.json to it.',
  });
}

const CHECK_NETWORK =
  'Check the network, the proxy (HTTPS_PROXY) and the package index that the tool is configured to use.';

/** Returns the last lines of a tool's standard error, or of its standard output if that is empty. */
function lastLines({ stdout, stderr }: ProcessResult): string[] {
  const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');
  const errors = lines(stderr);
  return (errors.length > 0 ? errors : lines(stdout)).slice(-MAX_LINES);
}
