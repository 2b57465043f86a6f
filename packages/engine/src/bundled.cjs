'use strict'
// The CommonJS door for bundlers.
const chorusdb = require('./bundled.js')

module.exports = Object.assign(chorusdb.Database, chorusdb)
