'use strict'
// The engine, once for both doors. The build puts the name of its file in the place of ENGINE_FILE; a bundler that comes here follows the
// `require`, and what it makes may know no `__dirname`.
const { join } = require('node:path')
const { evaluate } = require('./start/evaluate.js')

const isFile = typeof __dirname === 'string'
// Who traces the files of an application by reading its sources (Next, serverless platforms) learns here that the binaries belong to it.
if (isFile) join(__dirname, '../prebuilds')
module.exports = (isFile ? evaluate(__dirname, ENGINE_FILE) : null) ?? require(ENGINE_FILE)
