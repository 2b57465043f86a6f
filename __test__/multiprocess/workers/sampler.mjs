/**
 * Looks at a coordination file about a thousand times a second, without taking part, and writes down what changed: `- path output`.
 *
 * One line for each new snapshot: `time seq maxFrame backfilled commits visibility checkpointSeq epoch salt1 indexLength readers
 * writerPid`, where `readers` counts the slots that pin a frame. A line that begins with `!` follows where the authority went back. When the output grows
 * past a limit it is begun anew, and the old one kept beside it; lines with `!` also go to a file of their own.
 */
import { closeSync, openSync, readSync, renameSync, writeSync } from 'node:fs'

const [, , , path, output] = process.argv
const limit = 16_777_216
const input = openSync(path, 'r')
const notable = openSync(`${output}.notable`, 'a')
let out = openSync(output, 'a')
let size = 0

const now = () => (performance.timeOrigin + performance.now()).toFixed(2)
const first = Buffer.alloc(1224)
const second = Buffer.alloc(1224)

/** The snapshot's fields are only right when its number is even and the same before and after. */
function sample() {
  for (let attempt = 0; attempt < 20; attempt++) {
    readSync(input, first, 0, 1224, 0)
    readSync(input, second, 0, 1224, 0)
    const seq = first.readBigUInt64LE(48)
    if (seq % 2n === 0n && seq === second.readBigUInt64LE(48)) return first
  }
  return null
}

function write(line) {
  size += writeSync(out, `${line}\n`)
  if (line.startsWith('!')) writeSync(notable, `${line}\n`)
  if (size < limit) return
  closeSync(out)
  renameSync(output, `${output}.1`)
  out = openSync(output, 'a')
  size = 0
}

let last = null

function look() {
  const bytes = sample()
  if (bytes === null) return
  const number = (at) => Number(bytes.readBigUInt64LE(at))
  let readers = 0
  for (let i = 0; i < 64; i++)
    if (bytes.readBigUInt64LE(200 + 8 * i) !== 0xffffffffffffffffn) readers++
  const found = {
    seq: number(48),
    maxFrame: number(56),
    backfilled: number(64),
    commits: number(72),
    visibility: number(80),
    checkpointSeq: bytes.readUInt32LE(88),
    epoch: bytes.readUInt32LE(92),
    salt1: bytes.readUInt32LE(100),
    index: bytes.readUInt32LE(40),
    readers,
    writerPid: bytes.readUInt32LE(180),
  }
  const before = last
  last = found
  if (
    before !== null &&
    before.seq === found.seq &&
    before.index === found.index &&
    before.readers === readers
  )
    return
  const time = now()
  write(`${time} ${Object.values(found).join(' ')}`)
  if (before === null) return
  const isSameGeneration =
    before.checkpointSeq === found.checkpointSeq && before.salt1 === found.salt1
  const say = (text) => write(`! ${time} ${text}`)
  if (isSameGeneration && found.maxFrame < before.maxFrame)
    say(`maxFrame ${before.maxFrame} -> ${found.maxFrame}`)
  if (isSameGeneration && found.backfilled < before.backfilled)
    say(`backfilled ${before.backfilled} -> ${found.backfilled}`)
  if (found.visibility < before.visibility)
    say(`visibility ${before.visibility} -> ${found.visibility}`)
  if (found.commits < before.commits) say(`commits ${before.commits} -> ${found.commits}`)
  if (found.checkpointSeq < before.checkpointSeq)
    say(`checkpointSeq ${before.checkpointSeq} -> ${found.checkpointSeq}`)
}

let isStopping = false
process.stdin.on('end', () => {
  isStopping = true
})
process.stdin.resume()
process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
const cell = new Int32Array(new SharedArrayBuffer(4))
for (let i = 0; !isStopping; i++) {
  look()
  Atomics.wait(cell, 0, 0, 0.7)
  if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
}
process.stdout.write(`${JSON.stringify({ stopped: true })}\n`)
process.exit(0)
