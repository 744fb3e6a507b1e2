import { readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { ConfigSource } from './config-source.js'
import { parseConfig } from './parse-config.js'

/**
 * Reads policies from a JSON file, and follows its changes, so that a running service needs no deployment to change them. It does not keep
 * the process alive.
 *
 * Start-up fails if the file is missing or wrong; if it is not JSON, the error has the line and column. Later a wrong file is reported
 * (`config_refused`, `config_unread`), and the last good configuration stays in force.
 *
 * @example
 * connect(Hello, target, { config: fileConfig('/etc/polywire/policies.json') })
 *
 * @see docs/guide/configuration.md
 */
export function fileConfig(path: string): ConfigSource {
  return {
    current: () => parseConfig(readFileSync(path, 'utf8'), path),
    watch(changed, failed) {
      let last = textOf(path)
      const look = () => {
        try {
          const text = readFileSync(path, 'utf8')
          if (text === last) return
          last = text
          changed(parseConfig(text, path))
        } catch (error) {
          failed(error)
        }
      }
      // The folder and not the file, because editors and Kubernetes replace a file instead of writing into it.
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
    // The file is gone; a file that replaces it counts as changed.
    return undefined
  }
}
