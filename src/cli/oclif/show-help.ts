import type { Command } from '@oclif/core/command';
import type { Topic } from '@oclif/core/interfaces';
import packageJson from '../../../package.json' with { type: 'json' };
import { versionLine } from '../version.ts';
import { AttuneHelp, type HelpConfig } from './help.ts';
import { MANIFEST_COMMANDS } from './manifest.ts';

export interface HelpLayout {
  /** The width of the terminal. */
  readonly columns: number;
  /** True if control sequences may style the text. */
  readonly styled: boolean;
}

/**
 * Renders the help of one subject.
 * @param subject the id of a command or the name of a topic; `undefined` for the whole program
 * @returns `undefined` if there is no such command or topic
 */
export async function helpText(subject: string | undefined, layout: HelpLayout): Promise<string | undefined> {
  const config = helpConfig();
  const command = config.commands.find(({ id }) => id === subject);
  const topic = config.topics.find(({ name }) => name === subject);
  if (subject !== undefined && !command && !topic) return undefined;
  const help = new AttuneHelp(config, { maxWidth: layout.columns, stripAnsi: !layout.styled });
  await help.add(command ? { command } : topic && { topic });
  return help.text;
}

/** Describes all commands and topics from the manifest. */
function helpConfig(): HelpConfig {
  const { oclif, name, version, description } = packageJson;
  // Copies, because oclif modifies them.
  const commands = Object.values(MANIFEST_COMMANDS).map((command) => ({ ...command })) as Command.Loadable[];
  const topics: Topic[] = [
    ...Object.entries(oclif.topics).map(([topic, about]) => ({ name: topic, ...about })),
    // oclif finds the topics by names that begin with theirs, so the commands have to be listed here as well.
    ...commands.map(({ id }) => ({ name: id })),
  ];
  const pjson = { name, version, description, oclif: {} };
  return { bin: oclif.bin, topicSeparator: ' ', pjson, commands, topics, userAgent: versionLine() };
}
