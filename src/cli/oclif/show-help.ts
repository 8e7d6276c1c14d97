import type { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import { type CommandHelp, Help, type HelpBase } from '@oclif/core/help';
import type { Topic } from '@oclif/core/interfaces';
import { settings } from '@oclif/core/settings';
import manifest from '../../../oclif.manifest.json' with { type: 'json' };
import packageJson from '../../../package.json' with { type: 'json' };
import { systemOutputColumns, type Terminal } from '../../platform/terminal/terminal.ts';
import { versionLine } from '../version.ts';
import { startedConfig } from './minimal-config.ts';

const USUAL_COLUMNS = 80;

/** Knows all commands and topics from the manifest, which spares loading them. */
function describedConfig(root: string): Config {
  // Copies, for oclif writes into them.
  const commands = Object.values(manifest.commands).map((command) => ({ ...command })) as unknown as Command.Loadable[];
  // For oclif, what has no topic below it is none: a command is one too.
  const topics: Topic[] = [
    ...Object.entries(packageJson.oclif.topics).map(([name, topic]) => ({ name, ...topic })),
    ...commands.map(({ id }) => ({ name: id })),
  ];
  return Object.assign(startedConfig(root), {
    commands,
    commandIDs: commands.map(({ id }) => id),
    topics,
    userAgent: versionLine(),
    findCommand: (id: string) => commands.find((command) => command.id === id),
    findTopic: (name: string) => topics.find((topic) => topic.name === name),
  });
}

/** Most texts are no templates, and to compile one takes longer than all else that help does with it. */
function renderTemplatesOnly(formatter: Pick<HelpBase, 'render'>): void {
  const { render } = formatter;
  formatter.render = (text) => (text.includes('<%') ? render(text) : text);
}

/** Help as oclif words it, in one piece. */
class CollectedHelp extends Help {
  text = '';

  constructor(...words: ConstructorParameters<typeof Help>) {
    super(...words);
    renderTemplatesOnly(this);
  }

  protected override getCommandHelpClass(command: Command.Loadable): CommandHelp {
    const help = super.getCommandHelpClass(command);
    renderTemplatesOnly(help);
    return help;
  }

  protected override log(...lines: string[]): void {
    this.text += `${lines.join(' ')}\n`;
  }
}

/**
 * Shows help.
 * @param subject the id of a command, the name of a topic, or nothing for all
 * @param root the directory of `package.json`, or of the executable
 * @returns false where there is no such subject
 */
export async function showHelp(subject: string | undefined, root: string, terminal: Terminal): Promise<boolean> {
  settings.columns = systemOutputColumns() ?? USUAL_COLUMNS;
  const config = describedConfig(root);
  if (subject !== undefined && !config.findCommand(subject) && !config.findTopic(subject)) return false;
  const help = new CollectedHelp(config, { stripAnsi: !terminal.outputIsTerminal });
  await help.showHelp(subject === undefined ? [] : subject.split(':'));
  terminal.write(help.text);
  return true;
}
