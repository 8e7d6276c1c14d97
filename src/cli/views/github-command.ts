import { printable } from '../text/sanitize.ts';

/**
 * Formats a workflow command of GitHub Actions
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message).
 */
export function workflowCommand(
  level: 'error' | 'warning' | 'notice',
  properties: Readonly<Record<string, string>>,
  message: string,
): string {
  const fields = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::${level} ${fields.join(',')}::${escapeData(message)}\n`;
}

/** Escapes text as the runner decodes it (actions/toolkit, packages/core/src/command.ts). */
function escapeData(text: string): string {
  return printable(text.replace(/\r\n?/g, '\n')).replaceAll('%', '%25').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
