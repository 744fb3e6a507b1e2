/**
 * Problem: the policies of a service that runs shall change without a deployment.
 *
 *     connect(Hello, target, { config: fileConfig('/etc/polywire/policies.json') })
 *
 * The folder is watched and not the file, since editors and Kubernetes replace a file and do not write into it.
 */
import { readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { ConfigSource } from './config-source.js'

/** A file of JSON. It does not keep the process alive. */
export function fileConfig(path: string): ConfigSource {
  return {
    current: () => JSON.parse(readFileSync(path, 'utf8')),
    watch(changed, failed) {
      let last = textOf(path)
      const look = () => {
        try {
          const text = readFileSync(path, 'utf8')
          if (text === last) return
          last = text
          changed(JSON.parse(text))
        } catch (error) {
          failed(error)
        }
      }
      const watcher = watch(dirname(path), { persistent: false }, look)
      watcher.on('error', failed)
      return () => watcher.close()
    },
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has just gone: whatever comes in its place is new.
    return undefined
  }
}
