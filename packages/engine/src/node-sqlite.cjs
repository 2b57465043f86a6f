'use strict'
// The CommonJS door of `chorusdb/node-sqlite`.
module.exports = { ...require('./node-sqlite.js') }
