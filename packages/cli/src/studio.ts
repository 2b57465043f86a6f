/** `chorusdb studio`: the page is a package of its own, which is started where it is installed. */

/** What the package exports. */
interface Studio {
  run(args: readonly string[]): Promise<void> | void
}

const packageName = '@chorusdb/studio'

export async function startStudio(args: readonly string[]): Promise<void> {
  let studio: Studio
  try {
    studio = (await import(packageName)) as Studio
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
    process.stderr.write(
      'Error: the studio is a package of its own: install it beside chorusdb with "npm install @chorusdb/studio"\n',
    )
    process.exitCode = 1
    return
  }
  await studio.run(args)
}
