// oclif's debug log, without output.
module.exports = () => () => {};
