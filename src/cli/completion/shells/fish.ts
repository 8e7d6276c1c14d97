import type { Candidate } from '../candidate.ts';
import type { ShellCompletion } from './shell.ts';

const SCRIPT = `# fish completion for attune

function __attune_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $typed[1])
    set -e typed[1]
    type -fq -- $program; or set program attune
    set -l reply (command $program complete fish -- $typed "$current" 2>/dev/null </dev/null)
    set -l files $reply[1]
    set -e reply[1]
    test (count $reply) -gt 0; and printf '%s\\n' $reply
    set -l before (string match -r '^--[a-z-]+=' -- $current)
    set -l path (string replace -r '^--[a-z-]+=' '' -- $current)
    switch "$files"
        case files
            printf '%s\\n' "$before"(__fish_complete_path $path)
        case directories
            printf '%s\\n' "$before"(__fish_complete_directories $path)
    end
end

complete -c attune -f -k -a '(__attune_complete)'
`;

/** fish quotes candidates itself, and separates a candidate from its description at the first tab. */
export const fishCompletion: ShellCompletion = {
  script: SCRIPT,
  installation: [
    'For this session:',
    '  attune completion fish | source',
    'Permanently:',
    '  attune completion fish > ~/.config/fish/completions/attune.fish',
  ].join('\n'),
  parseArgs: (passed) => passed,
  lines: (candidates) => candidates.map(tabSeparated),
};

/** Separates a candidate from its description with a tab, which neither of them contains. */
export function tabSeparated({ value, description }: Candidate): string {
  return description === '' ? value : `${value}\t${description}`;
}
