/** Opens an address in the user's browser, by the command that each system has for it. */
import { spawn } from 'node:child_process'

/** Where that does not go, nothing happens: the address is printed as well. */
export function openBrowser(url: string): void {
  const [command, ...args] = commandFor(url)
  const child = spawn(command, args, { detached: true, stdio: 'ignore' })
  child.on('error', () => {})
  child.unref()
}

function commandFor(url: string): [string, ...string[]] {
  switch (process.platform) {
    case 'darwin':
      return ['open', url]
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler', url]
    default:
      return ['xdg-open', url]
  }
}
