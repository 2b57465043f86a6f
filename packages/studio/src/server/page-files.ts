/** The files of the page, by the paths under which they are asked for. These are all there are: no path of a request reaches the file system. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { extname, join } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}

/** In `index.html`, where the number is written that allows the style sheets of the editor. */
const nonceMark = 'NONCE'

interface PageFile {
  readonly type: string
  readonly content: Buffer
}

export class PageFiles {
  readonly #files = new Map<string, PageFile>()

  constructor(folder: string) {
    for (const name of readdirSync(folder)) {
      const type = types[extname(name)]
      if (type === undefined) continue
      this.#files.set(`/${name}`, { type, content: readFileSync(join(folder, name)) })
    }
  }

  /** @returns whether there is such a file */
  send(path: string, response: ServerResponse): boolean {
    const file = this.#files.get(path === '/' ? '/index.html' : path)
    if (file === undefined) return false
    const { type, content } = file
    response.setHeader('Content-Type', type)
    if (!type.startsWith('text/html')) {
      response.end(content)
      return true
    }
    const nonce = randomBytes(16).toString('base64')
    response.setHeader('Content-Security-Policy', policy(`'nonce-${nonce}'`))
    response.end(content.toString().replaceAll(nonceMark, nonce))
    return true
  }
}

/** Nothing comes from elsewhere, nothing is written into the page that runs, and no other page frames it. */
export function policy(styles = ''): string {
  return [
    `default-src 'self'`,
    `style-src 'self' ${styles}`.trim(),
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
    `object-src 'none'`,
  ].join('; ')
}
