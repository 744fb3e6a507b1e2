#!/usr/bin/env node
import { pathToFileURL } from 'node:url'
import { projectProgram } from './own-copy.js'
import { run } from './run.js'

// A reader that closes the pipe, such as head, ends the command without an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3))
const other = projectProgram()
if (other !== undefined) await import(pathToFileURL(other).href)
else {
  process.exitCode = await run(process.argv.slice(2), process)
  // A call may end before its requests do. Only sockets and terminals keep the process; a file has no `unref`.
  process.stdin.unref?.()
}
