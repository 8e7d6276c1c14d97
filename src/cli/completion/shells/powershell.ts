import { tabbed } from './fish.ts';
import type { ShellCompletion } from './shell.ts';

const SCRIPT = `# PowerShell completion for attune, for Windows PowerShell 5.1 and PowerShell 7

Register-ArgumentCompleter -Native -CommandName 'attune', 'attune.exe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = $commandAst.CommandElements[0].Extent.Text
    if (-not (Get-Command -CommandType Application -Name $program -ErrorAction SilentlyContinue)) { $program = 'attune' }
    # A colon before each: PowerShell 5.1 does not hand over words that are empty.
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
    # Without any answer PowerShell would offer files.
    elseif ($reply.Count -eq 1) { '' }
}
`;

export const powershellCompletion: ShellCompletion = {
  script: SCRIPT,
  installation: [
    'Now:         attune completion powershell | Out-String | Invoke-Expression',
    'For good:    attune completion powershell >> $PROFILE',
  ].join('\n'),
  words: (handed) => handed.map((word) => word.slice(1)),
  lines: (candidates) => candidates.map(tabbed),
};
