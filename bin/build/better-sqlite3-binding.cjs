// Takes the addon that the caller passes, as the executable does, or else that of the installed package.
const { dirname, join } = require('node:path');

exports.getBinding = (addon) => addon ?? installedPackage().getBinding();

function installedPackage() {
  // A call by another name keeps the package out of the bundle.
  const { resolve } = require;
  return require(join(dirname(resolve('better-sqlite3/package.json')), 'lib', 'binding.js'));
}
