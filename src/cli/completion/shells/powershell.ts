import { tabSeparated } from './fish.ts';
import type { ShellCompletion } from './shell.ts';

const SCRIPT = `# PowerShell completion for attune, for Windows PowerShell 5.1 and PowerShell 7

Register-ArgumentCompleter -Native -CommandName 'attune', 'attune.exe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = $commandAst.CommandElements[0].Extent.Text
    if (-not (Get-Command -CommandType Application -Name $program -ErrorAction SilentlyContinue)) { $program = 'attune' }
    # Each argument is prefixed with a colon: PowerShell 5.1 does not pass empty arguments.
    $words = @()
    foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $words += ':' + $element.Value }
        else { $words += ':' + $element.Extent.Text }
    }
    $words += ':' + $wordToComplete
    $reply = @(& $program complete powershell -- $words 2>$null)
    foreach ($line in @($reply | Select-Object -Skip 1)) {
        $value, $description = $line -split "\`t", 2
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
    }
    if ($reply.Count -eq 0) { return '' }
    if ($reply[0] -ne 'none') { [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete) }
    # Without a result, PowerShell would offer files.
    elseif ($reply.Count -eq 1) { '' }
}
`;

export const powershellCompletion: ShellCompletion = {
  script: SCRIPT,
  installation: [
    'For this session:',
    '  attune completion powershell | Out-String | Invoke-Expression',
    'Permanently:',
    '  attune completion powershell >> $PROFILE',
  ].join('\n'),
  parseArgs: (passed) => passed.map((arg) => arg.slice(1)),
  lines: (candidates) => candidates.map(tabSeparated),
};
