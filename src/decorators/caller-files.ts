import { fileURLToPath } from 'node:url'

/** The files of the code that is running, the innermost first, without polywire's own. Source maps are not applied. */
export function callerFiles(): string[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  const at: { stack?: unknown } = {}
  try {
    Error.stackTraceLimit = 200
    Error.prepareStackTrace = (_error, sites) => sites.map(site => site.getFileName())
    Error.captureStackTrace(at, callerFiles)
    return (at.stack as (string | null | undefined)[]).flatMap(name => (name ? [pathOf(name)] : []))
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}

function pathOf(name: string): string {
  return name.startsWith('file:') ? fileURLToPath(name) : name
}
