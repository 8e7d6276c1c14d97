/**
 * What loads the bundle in parts, each when the first of its modules is required.
 * @param scriptOf makes V8's script of a part, which is a function of what CommonJS gives a module
 * @param requireOther for what is not `PART/MODULE`
 */
exports.partLoader = (scriptOf, requireOther) => {
  const parts = new Map();
  const load = (part) => {
    const holder = { exports: {} };
    scriptOf(part).runInThisContext()(holder.exports, requireModule, holder);
    parts.set(part, holder.exports);
    return holder.exports;
  };
  const requireModule = (name) => {
    const [, part, module] = /^attune:([^/]+)\/(.+)$/.exec(name) ?? [];
    return part === undefined ? requireOther(name) : (parts.get(part) ?? load(part))[module]();
  };
  requireModule.resolve = requireOther.resolve;
  return requireModule;
};
