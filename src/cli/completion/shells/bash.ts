import { splitBashLine } from './bash-words.ts';
import type { ShellCompletion } from './shell.ts';

const SCRIPT = `# bash completion for attune, for bash 3.2 and later

_attune() {
  local program=$1 reply files line
  case $program in '~/'*) program=$HOME/\${program#??} ;; esac
  type -P "$program" >/dev/null || program=attune
  COMPREPLY=()
  reply=$("$program" complete bash -- "$2" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)
  {
    IFS= read -r files
    while IFS= read -r line; do
      COMPREPLY+=("$line")
    done
  } <<<"$reply"
  # By default, bash offers files if there is no candidate. The bash of macOS cannot disable that.
  [[ $files == files ]] || compopt +o default 2>/dev/null
  [[ $files != directories ]] || compopt -o dirnames 2>/dev/null
  return 0
}

complete -o default -o nosort -F _attune attune 2>/dev/null || complete -o default -F _attune attune
`;

/**
 * The script passes the text that bash replaces with the candidate, and the line. bash splits words at `@`, `=` and other
 * characters and attune does not, so the replaced text may be only the end of the word: candidates are returned without
 * the part before it.
 */
export const bashCompletion: ShellCompletion = {
  script: SCRIPT,
  installation: [
    'For this session:',
    '  source <(attune completion bash)',
    'Permanently (without the package bash-completion, add the line above to ~/.bashrc):',
    '  mkdir -p ~/.local/share/bash-completion/completions',
    '  attune completion bash > ~/.local/share/bash-completion/completions/attune',
  ].join('\n'),
  parseArgs: ([, line = '']) => splitBashLine(line).slice(1),
  lines(candidates, [replaced = '', line = '']) {
    const word = splitBashLine(line).at(-1) ?? '';
    const keptLength = word.endsWith(replaced) ? word.length - replaced.length : 0;
    return candidates.map(({ value }) => value.slice(keptLength));
  },
};
