/** Runs the steps of docs/cicd.md like GitHub, GitLab and Jenkins, and records them in a ledger. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../git/repository.ts';
import { temporaryDirectory } from '../temporary.ts';
import { blockOf, githubJobs, gitlabJobs, type Job, jenkinsEnvironment, jenkinsSteps, type Step } from './document.ts';
import type { CommandResult, Forge } from './forge.ts';
import type { Ledger } from './ledger.ts';

/** The only script that is not run, because `attune` is already on the PATH. */
export const INSTALL = 'npm install --global "$ATTUNE_PACKAGE"';

/** Supported marketplace actions. The first is emulated; the second is a no-op, since Node is already installed. */
export const ACTIONS = ['actions/checkout@v5', 'actions/setup-node@v5'];

export const REGISTRY_TOKEN = 'registry-token';
const JOB_TOKEN = 'job-token';

/** The event that triggers a pipeline. */
export interface GithubEvent {
  readonly repository: string;
  /** The commit that is checked out. */
  readonly sha: string;
  readonly tag?: string;
  /** The target branch of a pull request. */
  readonly base?: string;
}

export interface Pipeline extends CommandResult {
  /** The step that failed. Later steps were not run. */
  readonly failed: string | undefined;
}

interface Test {
  after(clean: () => void): void;
}

export class Runners {
  readonly #test: Test;
  readonly #forge: Forge;
  readonly #ledger: Ledger;

  constructor(test: Test, forge: Forge, ledger: Ledger) {
    this.#test = test;
    this.#forge = forge;
    this.#ledger = ledger;
  }

  /**
   * Runs a job of a GitHub workflow on a new machine.
   * @param lastStep replaces the last step of the job
   */
  async github(title: string, job: string, event: GithubEvent, lastStep?: Step): Promise<Pipeline> {
    const found = githubJobs(blockOf(title)).find(({ name }) => name === job);
    if (found === undefined) throw new Error(`'${title}' has no job '${job}'`);
    const steps = lastStep ? [...found.steps.slice(0, -1), lastStep] : found.steps;
    const machine = new GithubMachine(temporaryDirectory(this.#test), this.#forge, event, found);
    let log = '';
    for (const step of steps) {
      const ran = await this.#githubStep(step, machine);
      log += `## ${step.name}\n${ran.log}`;
      if (ran.status !== 0) return { status: ran.status, log, failed: step.name };
    }
    return { status: 0, log, failed: undefined };
  }

  async #githubStep(step: Step, machine: GithubMachine): Promise<CommandResult> {
    if (step.run === INSTALL) return DONE;
    this.#ledger.ran(step.id);
    if (step.run !== undefined) return machine.run(step);
    if (step.uses === 'actions/checkout@v5') machine.checkout(step);
    else if (!ACTIONS.includes(step.uses ?? '')) throw new Error(`The test does not support the action ${step.uses}`);
    return DONE;
  }

  /** Runs a GitLab job in a checkout, all lines in one shell. */
  async gitlab(title: string, job: string, cwd: string, env: Readonly<Record<string, string>>): Promise<CommandResult> {
    const found = gitlabJobs(blockOf(title)).find(({ id }) => id === `${title} > ${job}`);
    if (found === undefined) throw new Error(`'${title}' has no job '${job}'`);
    this.#ledger.ran(found.id);
    const lines = [...found.before.filter((line) => line !== INSTALL), ...found.script];
    return this.#forge.script(['bash', '-eo', 'pipefail'], lines.join('\n'), {
      cwd,
      env: { ...found.variables, ...env },
    });
  }

  /**
   * Runs all stages of the Jenkinsfile except the one that installs attune.
   * @param env the variables that Jenkins sets, and the credentials
   */
  async jenkins(title: string, cwd: string, env: Readonly<Record<string, string>>): Promise<CommandResult> {
    const block = blockOf(title);
    const known: Readonly<Record<string, string>> = { PATH: this.#forge.path, ...env };
    const settings = Object.entries(jenkinsEnvironment(block)).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? value.replace(/\$\{env\.(\w+)\}/g, (_, variable: string) => known[variable] ?? '?')
        : value.credential,
    ]);
    const environment = { ...Object.fromEntries(settings), ...env };
    let log = '';
    for (const { id, script } of jenkinsSteps(block)) {
      if (script.startsWith('npm install')) continue;
      this.#ledger.ran(id);
      const ran = await this.#forge.script(['sh', '-xe'], script, { cwd, env: environment });
      log += ran.log;
      if (ran.status !== 0) return { status: ran.status, log };
    }
    return { status: 0, log };
  }

  /** Runs a block of shell commands, or a script with arguments. */
  async shell(title: string, cwd: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.#ledger.ran(title);
    const { text } = blockOf(title);
    const file = join(temporaryDirectory(this.#test), 'typed.sh');
    writeFileSync(file, this.#forge.local(text));
    return this.#forge.run('sh', [...(text.startsWith('#!') ? [] : ['-e']), file, ...args], { cwd, env });
  }
}

const DONE: CommandResult = { status: 0, log: '' };

class GithubMachine {
  readonly #workspace: string;
  readonly #forge: Forge;
  readonly #event: GithubEvent;
  readonly #env: Record<string, string>;
  readonly #file: string;
  #exported: Record<string, string> = {};

  constructor(root: string, forge: Forge, event: GithubEvent, job: Job) {
    const directory = (name: string) => {
      mkdirSync(join(root, name));
      return join(root, name);
    };
    this.#workspace = directory('workspace');
    this.#forge = forge;
    this.#event = event;
    this.#file = join(root, 'env');
    writeFileSync(this.#file, '');
    this.#env = {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: event.repository,
      GITHUB_SHA: event.sha,
      GITHUB_REF_NAME: event.tag ?? 'main',
      GITHUB_BASE_REF: event.base ?? '',
      GITHUB_ENV: this.#file,
      RUNNER_TEMP: directory('temp'),
      ...job.env,
    };
  }

  async run({ run = '', env }: Step): Promise<CommandResult> {
    const stepEnv = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, this.#evaluate(value)]));
    const ran = await this.#forge.script(['bash', '--noprofile', '--norc', '-eo', 'pipefail'], run, {
      cwd: this.#workspace,
      env: { ...this.#env, ...this.#exported, ...stepEnv },
    });
    const lines = readFileSync(this.#file, 'utf8').split('\n').filter(Boolean);
    this.#exported = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
    return ran;
  }

  /** Emulates the checkout action: an origin without `.git`, a single commit, and the token in the clone's configuration. */
  checkout({ with: inputs }: Step): void {
    const { repository, sha, tag, base } = this.#event;
    const input = (name: string) => (inputs[name] === undefined ? undefined : this.#evaluate(String(inputs[name])));
    const requested = input('repository') ?? repository;
    const path = join(this.#workspace, input('path') ?? '.');
    const isEventRepository = requested === repository;
    mkdirSync(path, { recursive: true });
    git(path, ['init', '--quiet', '-b', 'main']);
    git(path, [
      'fetch',
      '--quiet',
      `file://${this.#forge.bare(requested)}`,
      ...this.#refspecs(isEventRepository, input('fetch-depth')),
    ]);
    git(path, ['remote', 'add', 'origin', `${this.#forge.url}/${requested}`]);
    if (isEventRepository && (tag ?? base) !== undefined) git(path, ['checkout', '--quiet', '--detach', sha]);
    else git(path, ['checkout', '--quiet', '-B', 'main', 'refs/remotes/origin/main']);
    if (input('persist-credentials') === 'false') return;
    const login = Buffer.from(`x-access-token:${input('token') ?? JOB_TOKEN}`).toString('base64');
    git(path, ['config', `http.${this.#forge.url}/.extraheader`, `AUTHORIZATION: basic ${login}`]);
  }

  #refspecs(isEventRepository: boolean, depth: string | undefined): string[] {
    const { sha, tag } = this.#event;
    if (depth === '0') return ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
    if (isEventRepository && tag !== undefined) return ['--depth=1', '--no-tags', `+${sha}:refs/tags/${tag}`];
    return ['--depth=1', '--no-tags', '+refs/heads/main:refs/remotes/origin/main'];
  }

  /** Evaluates the expressions that the document uses. @throws for any other expression */
  #evaluate(text: string): string {
    return text.replace(/\$\{\{ *(.+?) *\}\}/g, (_, expression: string) => {
      const value = {
        'github.token': JOB_TOKEN,
        'secrets.REGISTRY_TOKEN': REGISTRY_TOKEN,
        'env.REGISTRY': this.#env['REGISTRY'],
      }[expression];
      if (value === undefined) throw new Error(`The test does not know the expression ${expression}`);
      return value;
    });
  }
}
