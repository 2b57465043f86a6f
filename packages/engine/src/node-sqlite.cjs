'use strict'
// The CommonJS door of `chorusdb/node-sqlite`.
module.exports = { ...require('./load.cjs').nodeSqlite }
