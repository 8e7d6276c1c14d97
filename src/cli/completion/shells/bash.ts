import { readLine } from './bash-words.ts';
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
  # By default files are offered where there is no candidate. The bash of macOS cannot have it otherwise.
  [[ $files == files ]] || compopt +o default 2>/dev/null
  [[ $files != directories ]] || compopt -o dirnames 2>/dev/null
  return 0
}

complete -o default -o nosort -F _attune attune 2>/dev/null || complete -o default -F _attune attune
`;

/**
 * bash hands over what it puts the candidate in the place of, and the line. It takes a word apart at `@`, `=` and others,
 * and attune does not: the first of these is the end of the word then, and what stands before it is not given back.
 */
export const bashCompletion: ShellCompletion = {
  script: SCRIPT,
  installation: [
    'Now:         source <(attune completion bash)',
    'For good:    mkdir -p ~/.local/share/bash-completion/completions',
    '             attune completion bash > ~/.local/share/bash-completion/completions/attune',
    'Without the package bash-completion, put the first of these lines into ~/.bashrc.',
  ].join('\n'),
  words: ([, line = '']) => readLine(line).slice(1),
  lines(candidates, [replaced = '', line = '']) {
    const word = readLine(line).at(-1) ?? '';
    const known = word.endsWith(replaced) ? word.length - replaced.length : 0;
    return candidates.map(({ value }) => value.slice(known));
  },
};
