// The debug log of oclif, without output.
module.exports = () => () => {};
