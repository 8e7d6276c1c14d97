import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { PROJECT } from '../attune.ts';

/** A fenced block of a document. */
export interface Block {
  readonly language: string;
  /** The first comment, which names the block: a file name, or where the commands are typed. */
  readonly title: string;
  readonly text: string;
}

/** A step of a pipeline: a script or a marketplace action. */
export interface Step {
  readonly id: string;
  readonly name: string;
  readonly run?: string;
  readonly uses?: string;
  readonly with: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
}

export interface Job {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface StepDocument {
  name?: string;
  run?: string;
  uses?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

interface WorkflowDocument {
  env?: Record<string, string>;
  jobs: Record<string, { env?: Record<string, string>; steps: StepDocument[] }>;
}

export interface GitlabJob {
  readonly id: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The commands that run before the script, in the same shell. */
  readonly before: readonly string[];
  readonly script: readonly string[];
}

export interface JenkinsStep {
  readonly id: string;
  readonly script: string;
}

export const CICD = readFileSync(join(PROJECT, 'docs', 'cicd.md'), 'utf8');

/** Parses the fenced blocks of a document. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => {
    const comment = text.split('\n').find((line) => /^(?:#|\/\/) /.test(line)) ?? '';
    return { language, text, title: comment.replace(/^\S+ /, '') };
  });
}

/** Returns the block of docs/cicd.md with a title. @throws if there is not exactly one */
export function blockOf(title: string): Block {
  const found = blocksOf(CICD).filter((block) => block.title === title);
  if (found.length !== 1) throw new Error(`docs/cicd.md has ${found.length} blocks '${title}'`);
  return found[0]!;
}

/** Parses the jobs of a GitHub workflow. Each job includes the environment of the workflow. */
export function githubJobs({ title, text }: Block): Job[] {
  const { env = {}, jobs } = load(text) as WorkflowDocument;
  return Object.entries(jobs).map(([name, job]) => ({
    name,
    env: { ...env, ...job.env },
    steps: job.steps.map((step) => stepOf(`${title} > ${name}`, step)),
  }));
}

/** Parses a block that consists of one step, which replaces a step of another block. */
export function githubStep({ title, text }: Block): Step {
  const [step, ...others] = load(text) as StepDocument[];
  if (step === undefined || others.length > 0) throw new Error(`'${title}' is not one step`);
  return stepOf(title, step);
}

function stepOf(location: string, { name, run, uses, with: inputs = {}, env = {} }: StepDocument): Step {
  const label = name ?? uses ?? '?';
  return {
    id: `${location} > ${label}`,
    name: label,
    with: inputs,
    env,
    ...(run === undefined ? {} : { run }),
    ...(uses === undefined ? {} : { uses }),
  };
}

/** Parses the jobs of a GitLab pipeline. */
export function gitlabJobs({ title, text }: Block): GitlabJob[] {
  const { variables = {}, default: defaults = {}, stages: _, ...jobs } = load(text) as Record<string, GitlabDocument>;
  return Object.entries(jobs).map(([name, job]) => ({
    id: `${title} > ${name}`,
    variables: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
    before: job.before_script ?? defaults.before_script ?? [],
    script: job.script ?? [],
  }));
}

interface GitlabDocument {
  before_script?: string[];
  script?: string[];
}

/** Extracts the shell steps of a Jenkinsfile. No npm package parses Groovy, so only the forms of the document are read. */
export function jenkinsSteps({ title, text }: Block): JenkinsStep[] {
  const steps = [...text.matchAll(/stage\('([^']+)'\) \{(?:(?!stage\()[\s\S])*?\bsh ('''[\s\S]*?'''|'[^'\n]*')/g)];
  const calls = text.match(/\bsh\b(?=[ (]+['"])/g) ?? [];
  if (steps.length !== calls.length) throw new Error(`'${title}' has sh steps that the test cannot read`);
  return steps.map(([, stage, literal = '']) => ({ id: `${title} > ${stage}`, script: groovyString(literal) }));
}

/** Extracts the variables of all `environment` blocks. A credential is `{credential}`. */
export function jenkinsEnvironment({ text }: Block): Record<string, string | { credential: string }> {
  const settings = [...text.matchAll(/^ +([A-Z_]+) = (?:'(.*)'|"(.*)"|credentials\('(.*)'\))$/gm)];
  return Object.fromEntries(
    settings.map(([, name = '', plain, template, credential]) => [
      name,
      credential === undefined ? (plain ?? template ?? '') : { credential },
    ]),
  );
}

/** Evaluates a Groovy string in single quotes, in which a backslash at the end of a line continues the line. */
function groovyString(literal: string): string {
  const text = literal.replace(/^'''|'''$|^'|'$/g, '').replace(/\\\n/g, '');
  if (text.includes('\\')) throw new Error(`Groovy reads a backslash in: ${text}`);
  return text;
}
