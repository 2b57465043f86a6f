/**
 * A registry on this machine that has a few packages and no others: what an installation asks it for, it needs.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'
import { root } from '../../scripts/setup.mjs'
import { npmCli } from './npm.mjs'
import { manifestOf, readTarball } from './tarball.mjs'

/** The one package that ours depend on, as it is installed here. @returns its tarball */
export function packDependency(folder) {
  const args = [npmCli(), 'pack', '--json', '--loglevel=error', '--pack-destination', folder]
  const cwd = join(root, 'node_modules', 'node-gyp-build')
  const answer = execFileSync(process.execPath, args, { cwd, encoding: 'utf8' })
  return join(folder, JSON.parse(answer)[0].filename)
}

/** @returns its `url`, the names of what was `asked` for and is not there, and `stop` */
export async function startRegistry(tarballs) {
  const files = new Map(tarballs.map((path) => [basename(path), readFileSync(path)]))
  const packages = new Map()
  const missing = []
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url.slice(1))
    const file = name.startsWith('-/') ? files.get(name.slice(2)) : undefined
    const found = packages.get(name)
    if (file !== undefined) response.end(file)
    else if (found !== undefined) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(found))
    } else {
      missing.push(name)
      response.statusCode = 404
      response.end('{}')
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  for (const path of tarballs) {
    const manifest = manifestOf(readTarball(path))
    const bytes = files.get(basename(path))
    const hash = (kind, form) => createHash(kind).update(bytes).digest(form)
    const dist = {
      tarball: `${url}/-/${basename(path)}`,
      shasum: hash('sha1', 'hex'),
      integrity: `sha512-${hash('sha512', 'base64')}`,
    }
    packages.set(manifest.name, {
      name: manifest.name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
    })
  }
  const stop = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url, missing, stop }
}
