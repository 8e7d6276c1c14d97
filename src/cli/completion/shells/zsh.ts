import type { ShellCompletion } from './shell.ts';

const SCRIPT = `#compdef attune
# zsh completion for attune

_attune() {
  local program=\${(Q)words[1]} files
  local -a typed reply
  [[ $program == '~/'* ]] && program=$HOME/\${program#??}
  whence -p -- "$program" >/dev/null || program=attune
  (( CURRENT > 2 )) && typed=("\${(@Q)words[2,CURRENT-1]}")
  reply=("\${(@f)$(command "$program" complete zsh -- "$typed[@]" "\${(Q)PREFIX}" 2>/dev/null </dev/null)}")
  files=$reply[1]
  reply[1]=()
  local ret=1
  (( $#reply )) && _describe -V attune reply && ret=0
  if [[ $files != none ]]; then
    compset -P '--[a-z-]#='
    if [[ $files == directories ]]; then
      _files -/ && ret=0
    elif [[ $files == files ]]; then
      _files && ret=0
    fi
  fi
  return ret
}

if [[ $funcstack[1] == _attune ]]; then
  _attune "$@"
else
  compdef _attune attune
fi
`;

/** zsh quotes candidates itself, and separates a candidate from its description at the first colon. */
export const zshCompletion: ShellCompletion = {
  script: SCRIPT,
  installation: [
    'For this session:',
    '  source <(attune completion zsh)',
    'Permanently:',
    '  mkdir -p ~/.zfunc',
    '  attune completion zsh > ~/.zfunc/_attune',
    'Then add to ~/.zshrc:',
    '  fpath+=~/.zfunc; autoload -Uz compinit; compinit',
  ].join('\n'),
  parseArgs: (passed) => passed,
  lines: (candidates) =>
    candidates.map(({ value, description }) =>
      [value, ...(description === '' ? [] : [description])].map((text) => text.replace(/[\\:]/g, '\\$&')).join(':'),
    ),
};
