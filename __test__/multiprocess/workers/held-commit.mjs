// Ends, or is terminated as a thread, while the sync of a commit is under way.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const [engine, given] = isMainThread ? process.argv.slice(2) : workerData
const { path, experimental, end, slowMs } = JSON.parse(given)

async function work(tell) {
  const { installFaults } = await import('../../../.tests/support/faulty-system.js')
  const { connect } = await import(engine)
  installFaults([{ file: 'wal', call: 'sync', at: 1, every: 1, fault: -slowMs }])
  const db = await connect(path, { experimental })
  await db.run('INSERT INTO t(b) VALUES (1)')
  db.run('INSERT INTO t(b) VALUES (2)').catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, slowMs / 4))
  tell()
  return db
}

const tell = () => console.log(JSON.stringify({ begun: true }))
if (!isMainThread) {
  globalThis.kept = await work(() => parentPort.postMessage('begun'))
} else if (end === 'exit') {
  await work(tell)
  process.exit(0)
} else {
  const thread = new Worker(new URL(import.meta.url), { workerData: [engine, given] })
  await new Promise((resolve, reject) => {
    thread.on('message', resolve)
    thread.on('error', reject)
  })
  await thread.terminate()
  tell()
}
