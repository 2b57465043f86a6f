'use strict'
// The engine, once for both doors. The build puts the name of its file in the place of ENGINE_FILE; a bundler that comes here follows the
// `require`, and what it makes may know no `__dirname`.
const { evaluate } = require('./start/evaluate.js')

const evaluated = typeof __dirname === 'string' ? evaluate(__dirname, ENGINE_FILE) : null
module.exports = evaluated ?? require(ENGINE_FILE)
