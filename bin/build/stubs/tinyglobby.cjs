// oclif's search for plugins in directories, without results.
exports.glob = async () => [];
