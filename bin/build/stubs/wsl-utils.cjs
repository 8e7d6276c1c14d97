// oclif's detection of the Windows Subsystem for Linux, for a shell's name that attune does not print.
exports.isWsl = false;
exports.powerShellPath = async () => 'powershell.exe';
