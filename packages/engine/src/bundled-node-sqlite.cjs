'use strict'
// The CommonJS door of `chorusdb/node-sqlite` for bundlers.
module.exports = { ...require('./bundled-node-sqlite.js') }
